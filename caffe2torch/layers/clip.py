"""Clip: values limited to a range."""

from __future__ import annotations

from caffe2torch.layers._straight import CaffeClamp, CaffeClip
from caffe2torch.layers.base import Example, Layer, Moments, Role, Site
from caffe2torch.layers.code import Code, Late, number


class Clip(Layer):
    """max(min, min(x, max)).

    Shape:    x (any) -> same
    Params:   min, required; max, required
    Weights:  none
    Differs:  with min above max everything is min, as in Caffe (torch.clamp gives max); in place,
              Caffe's gradient looks at the clipped values and passes everywhere; so does ours
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
        if clip.min > clip.max:
            return Code(call=f"{{0}}.clamp(max={high}).clamp(min={low})")
        function = CaffeClamp if x.in_place else CaffeClip
        return Code(call=f"{function.__name__}.apply({{0}}, {low}, {high})")

    def signal(self, x: Site) -> Moments:
        import numpy as np

        from caffe2torch.moments import pointwise

        clip = x.param.clip_param
        return pointwise.function(lambda u: np.clip(u, clip.min, clip.max))
