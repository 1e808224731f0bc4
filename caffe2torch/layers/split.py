"""Split: the same blob under several names; Caffe inserts it where a blob has several readers."""

from __future__ import annotations

from caffe2torch.layers.base import Example, Layer, Moments, Role, Site


class Split(Layer):
    """Copies of one blob; their gradients add up, as autograd does by itself.

    Shape:    x (any) -> the same shape for every top
    Params:   none
    Weights:  none
    Differs:  nothing; no source is emitted, the tops are the same variable
    Raises:   nothing
    Source:   Caffe src/caffe/layers/split_layer.cpp
    """

    type = "Split"
    bottoms, tops = 1, (1, None)
    roles = frozenset({Role.RESHAPING})
    homogeneous = True
    silent = True
    examples = (Example("", bottoms=[(2, 3)], tops=2),)

    def shares_bottom(self, x: Site) -> bool:
        return True

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments.join import Copies

        return Copies()
