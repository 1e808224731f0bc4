"""Noise: random numbers added while it trains (caffe-windows)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, number
from caffe2torch.layers.lazy import nn, torch

OTHER = ("add_noise_filler", "mul_noise_filler", "force_random")


class Noise(Layer):
    """x + n in TRAIN, x in TEST; the gradient is handed on.

    n is gaussian around bias with a deviation of gaussian_std times the root mean square of x, or,
    without gaussian_std, uniform within uniform_range of bias.

    Shape:    x (any) -> same
    Params:   noise_param gaussian_std [0]; uniform_range [0]; bias [0]
    Weights:  none
    Differs:  the random numbers; another fork's fillers of noise are shown and not run
    Raises:   UnsupportedError for another fork's fields, or without a kind of noise, in TRAIN
    Source:   caffe-windows src/caffe/layers/noise_layer.cpp
    """

    type = "Noise"
    origin = "caffe-windows"
    roles = frozenset({Role.DROPOUT})
    param_field = "noise_param"
    examples = (Example("noise_param { gaussian_std: 0.1 }", bottoms=[(2, 3, 4)], phase="TEST"),)

    def shapes(self, x: Site) -> list[Shape]:
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        param = x.param.noise_param
        if any(param.HasField(name) for name in OTHER):
            refuse_to_run(x, "its fillers are those of another fork")
        gaussian, uniform = (
            number(getattr(param, name)) if param.HasField(name) else "None"
            for name in ("gaussian_std", "uniform_range")
        )
        if gaussian == uniform == "None" and x.train:
            refuse_to_run(x, "without gaussian_std and uniform_range the fork adds what was there")
        return Code(f"CaffeNoise({gaussian}, {uniform}, {number(param.bias)})")


class CaffeNoise(nn.Module):
    """Adds noise in training mode; gaussian: deviation relative to x; uniform: half a range."""

    def __init__(self, gaussian: float | None, uniform: float | None, bias: float) -> None:
        super().__init__()
        self.gaussian, self.uniform, self.bias = gaussian, uniform, bias

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return x + 0
        with torch.no_grad():
            if self.gaussian is not None:
                noise = torch.randn_like(x) * (self.gaussian * x.square().mean().sqrt())
            else:
                noise = (2 * torch.rand_like(x) - 1) * (self.uniform or 0.0)
        return x + noise + self.bias
