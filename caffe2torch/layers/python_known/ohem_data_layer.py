"""OHEMDataLayer: the hardest regions of an image (Fast R-CNN with OHEM)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.python_known.base import KnownLayer, integer


class OHEMDataLayer(KnownLayer):
    """The regions with the highest loss of those that do not overlap much, with their targets.

    Shape:    scores, boxes, regions (R, 5), labels (R), targets and two weights -> regions
              (128, 5), labels (128), targets and two weights (128, 4 * num_classes)
    Params:   param_str num_classes, with the background
    Weights:  none
    Differs:  only its shapes are known here; 128 is the published batch size, fewer may be left
    Raises:   UnsupportedError where it is to run
    Source:   Shrivastava et al., OHEM (2016); ohem lib/roi_data_layer/layer.py
    """

    origin = "OHEM"
    names = (("", "OHEMDataLayer"),)
    bottoms, tops = (4, None), (2, 5)
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        columns = 4 * integer(x, "num_classes", 21)
        shapes: list[Shape] = [(128, 5), (128,), *[(128, columns)] * 3]
        return shapes[: x.n_tops]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its choice of regions is not reproduced")
