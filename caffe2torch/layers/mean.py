"""Mean: a mean added or taken away (flownet2)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class Mean(ShapesOnly):
    """A mean added to every map, or taken away from it.

    Shape:    x, ... -> each the same
    Params:   operation; file; value; mean_scale [1]; input_scale [1] and more
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Ilg et al., FlowNet 2.0 (2017); flownet2 src/caffe/layers/mean_layer.cpp
    """

    type = "Mean"
    origin = "flownet2"
    bottoms, tops = (1, None), (1, None)
    param_field = "mean_param"
    equal = True

    def shapes(self, x: Site) -> list[Shape]:
        return list(x.bottoms)
