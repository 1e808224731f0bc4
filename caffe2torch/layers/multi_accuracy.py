"""MultiAccuracy: accuracy where an item has several labels (icme)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class MultiAccuracy(Layer):
    """Share of items of whose labels one is among the best classes.

    Shape:    scores (N, C), labels (N, L) -> ()[, by class (C)]
    Params:   accuracy_param top_k, axis, ignore_label
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   liutinglt icme caffe-master/src/caffe/layers/multi_accuracy_layer.cpp
    """

    type = "MultiAccuracy"
    origin = "icme"
    bottoms, tops = 2, (1, 2)
    shapes_only = True
    param_field = "accuracy_param"

    def shapes(self, x: Site) -> list[Shape]:
        axis = x.axis(x.param.accuracy_param.axis, "accuracy_param.axis")
        tops: list[Shape] = [(), (x.bottoms[0][axis],)]
        return tops[: x.n_tops]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
