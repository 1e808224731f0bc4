"""LabelSpecificAdd: a constant added to the score of the right class (happynear)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class LabelSpecificAdd(Layer):
    """Adds a bias to the score of the label of each item.

    Shape:    x (N, C), labels (N) -> as x
    Params:   label_specific_add_param bias
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Wang et al., AM-Softmax (2018); caffe-windows
    """

    type = "LabelSpecificAdd"
    origin = "happynear"
    bottoms, tops = 2, 1
    shapes_only = True
    param_field = "label_specific_add_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
