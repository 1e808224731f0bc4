"""MultiAccuracy: accuracy where an item has several labels (icme)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class MultiAccuracy(ShapesOnly):
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
    param_field = "accuracy_param"

    def shapes(self, x: Site) -> list[Shape]:
        axis = x.axis(x.param.accuracy_param.axis, "accuracy_param.axis")
        tops: list[Shape] = [(), (x.bottoms[0][axis],)]
        return tops[: x.n_tops]
