"""Clip: values limited to a range."""

from __future__ import annotations

from caffe2torch.layers._straight import CaffeClip
from caffe2torch.layers.base import Example, Layer, Moments, Role, Site
from caffe2torch.layers.code import Code, Late, number


class Clip(Layer):
    """max(min, min(x, max)).

    Shape:    x (any) -> same
    Params:   min, required; max, required
    Weights:  none
    Differs:  as in Caffe NaN becomes min (torch.clamp keeps it), and with min above max everything
              does (torch.clamp gives max); in place, Caffe's gradient looks at the clipped values
              and passes everywhere; so does ours
    Raises:   nothing
    Source:   Caffe src/caffe/layers/clip_layer.cpp
    """

    type = "Clip"
    roles = frozenset({Role.ACTIVATION})
    param_field = "clip_param"
    examples = (
        Example("clip_param { min: -0.5 max: 0.75 }", bottoms=[(2, 3, 4, 5)]),
        Example("clip_param { min: 0.5 max: -0.5 }", bottoms=[(2, 3)]),
    )

    def late(self, x: Site) -> Late:
        clip = x.param.clip_param
        low, high = number(clip.min), number(clip.max)
        return Late(f"g * ((b[0] >= {low}) & (b[0] <= {high}))")

    def code(self, x: Site) -> Code:
        clip = x.param.clip_param
        low, high = number(clip.min), number(clip.max)
        in_place = ", True" if x.in_place else ""
        return Code(call=f"{CaffeClip.__name__}.apply({{0}}, {low}, {high}{in_place})")

    def signal(self, x: Site) -> Moments:
        import numpy as np

        from caffe2torch.moments import pointwise

        clip = x.param.clip_param
        return pointwise.function(lambda u: np.clip(u, clip.min, clip.max))
