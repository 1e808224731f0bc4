"""Quant: activations of a few levels, with the gradient of another function (hwgq)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch

FORWARD = ("sign", "hard_tanh", "hwgq", "relu")
BACKWARD = ("hard_tanh", "relu")


class Quant(Layer):
    """sign, clipping, ReLU, or the nearest of some levels of each positive value.

    Shape:    x, any -> same
    Params:   forward_func ["hwgq"], one of sign, hard_tanh, hwgq and relu; backward_func ["relu"],
              hard_tanh or relu; clip_thr [0], beyond which there is no gradient, 0 for nowhere;
              negative_slope [0]; centers, the levels, ascending; thrs, where one level ends
    Weights:  none
    Differs:  nothing; without thrs a level ends in the middle between it and the next
    Raises:   ShapeError for another function, or hwgq without levels
    Source:   Cai et al., HWGQ (2017); hwgq src/caffe/layers/quant_layer.cpp
    """

    type = "Quant"
    origin = "hwgq"
    roles = frozenset({Role.ACTIVATION})
    param_field = "quant_param"
    examples = (
        Example("quant_param { centers: 0.25 centers: 0.75 clip_thr: 0.9 }", bottoms=[(2, 3, 4)]),
        Example('quant_param { forward_func: "sign" backward_func: "hard_tanh" clip_thr: 0.5 }',
                bottoms=[(2, 3)]),
    )  # fmt: skip

    def shapes(self, x: Site) -> list[Shape]:
        p = x.param.quant_param
        for field, allowed in (("forward_func", FORWARD), ("backward_func", BACKWARD)):
            if getattr(p, field) not in allowed:
                raise ShapeError(
                    f"{field} is {getattr(p, field)!r}",
                    field=f"quant_param.{field}",
                    hint=f"it is one of {', '.join(allowed)}",
                )
        if p.forward_func == "hwgq" and not p.centers:
            raise ShapeError("hwgq needs levels", field="quant_param", hint="write centers")
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        p = x.param.quant_param
        centers = tuple(p.centers)
        ends = tuple(p.thrs) or tuple((a + b) / 2 for a, b in pairwise(centers))
        return op(
            quantized,
            forward=p.forward_func,
            backward=p.backward_func,
            clip=p.clip_thr if p.clip_thr > 0 else 3.4028234663852886e38,
            slope=p.negative_slope,
            centers=centers,
            ends=ends[: max(0, len(centers) - 1)],
        )


class QuantFunction(torch.autograd.Function):
    """Quantized values with the gradient of hard tanh or ReLU, clipped."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, settings: Any) -> torch.Tensor:
        ctx.save_for_backward(x)
        ctx.settings = settings
        kind, slope = settings["forward"], settings["slope"]
        if kind == "sign":
            return torch.where(x >= 0, 1.0, -1.0).to(x.dtype)
        if kind == "hard_tanh":
            return x.clamp(-1, 1)
        if kind == "relu":
            return x.clamp(min=0) + slope * x.clamp(max=0)
        ends = x.new_tensor(settings["ends"])
        level = x.new_tensor(settings["centers"])[torch.bucketize(x.contiguous(), ends)]
        return torch.where(x > 0, level, torch.full_like(x, -slope))

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> Any:
        (x,) = ctx.saved_tensors
        clip, slope = ctx.settings["clip"], ctx.settings["slope"]
        if ctx.settings["backward"] == "hard_tanh":
            return grad * (x.abs() <= clip), None
        rate = torch.where(x > 0, 1.0, slope).to(x.dtype)
        return grad * rate * (x <= clip), None


def quantized(x: torch.Tensor, **settings: Any) -> torch.Tensor:
    """Values of the same shape, of a few levels."""
    y: torch.Tensor = QuantFunction.apply(x, settings)
    return y
