"""LSROLoss: softmax loss with smoothed labels of unknown faces (SeqFace)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class LSROLoss(ShapesOnly):
    """Softmax loss with smoothed labels of unknown faces.

    Shape:    scores (N, C, ...), labels -> ()[, softmax like the scores]
    Params:   loss_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Hu et al., SeqFace (2018); SeqFace caffe src/caffe/layers/LSRO_loss_layer.cpp
    """

    type = "LSROLoss"
    origin = "SeqFace"
    bottoms, tops = 2, (1, 3)
    loss = True
    param_field = "loss_param"
    label_bottom = 1
    applies = "Softmax"

    def shapes(self, x: Site) -> list[Shape]:
        return [(), x.bottoms[0], x.bottoms[1]][: x.n_tops]
