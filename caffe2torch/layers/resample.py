"""Resample: maps of another size, by a filter that is as wide as the step (FlowNet 2)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class Resample(Layer):
    """NEAREST, LINEAR or CUBIC interpolation; smaller maps are smoothed, unless told not to.

    Shape:    x (N, C, H, W)[, a map of the wanted size] -> (N, C, height, width)
    Params:   height and width, without a second bottom; type [LINEAR]; antialias [true]
    Weights:  none
    Differs:  nothing; as in the fork, the step of one axis shifts the places of the other
    Raises:   ShapeError without a size, or for AREA
    Source:   Ilg et al., FlowNet 2 (2017); flownet2 src/caffe/layers/resample_layer.cu
    """

    type = "Resample"
    origin = "flownet2"
    bottoms = (1, 2)
    roles = frozenset({Role.RESHAPING})
    backward = "cannot run backward"
    param_field = "resample_param"

    def shapes(self, x: Site) -> list[Shape]:
        p, shape = x.param.resample_param, x.bottoms[0]
        size = (p.height, p.width) if len(x.bottoms) == 1 else x.shape(1, 2)[-2:]
        if len(shape) != 4 or min(size) < 1:
            raise ShapeError(
                f"the size is {size} for {shape}", field="resample_param", hint="width and height"
            )
        if p.type not in (p.NEAREST, p.LINEAR, p.CUBIC):
            raise ShapeError("type is not NEAREST, LINEAR or CUBIC", field="resample_param.type")
        return [(*shape[:2], *size)]

    def code(self, x: Site) -> Code:
        p = x.param.resample_param
        kind = p.ResampleType.Name(p.type)
        size = self.shapes(x)[0][2:]
        code = op(resample, size=size, kind=kind, antialias=p.antialias)
        return Code(code.init, "{self}({0})")


def resample_weights(
    old: int, new: int, shift: float, kind: str, antialias: bool, like: torch.Tensor
) -> torch.Tensor:
    """Weights (new, old) of the old places for each new one; rows sum up to 1."""
    step = old / new
    place = torch.arange(new, device=like.device, dtype=like.dtype) * step + shift / 2 - 0.5
    pixel = torch.arange(old, device=like.device, dtype=like.dtype)
    if kind == "NEAREST":
        nearest = (place + place.sign() * 0.5).trunc().clamp(0, old - 1)
        return (pixel == nearest[:, None]).to(like.dtype)
    scale = 1 / step if antialias and step > 1 else 1.0
    away = (place[:, None] - pixel).abs() * scale
    if kind == "LINEAR":
        weight = (1 - away).clamp(min=0)
    else:
        near = away * away * (1.5 * away - 2.5) + 1
        far = away * (away * (-0.5 * away + 2.5) - 4) + 2
        weight = torch.where(away <= 1, near, far * (away < 2))
    total = weight.sum(1, keepdim=True)
    return torch.where(total == 0, torch.zeros_like(weight), weight / total)


def resample(x: torch.Tensor, size: tuple[int, int], kind: str, antialias: bool) -> torch.Tensor:
    """Maps (N, C, H, W) at another size; the filter of both axes is one product."""
    x, (h, w) = x.detach(), x.shape[2:]
    smooth = antialias and (h > size[0] or w > size[1])
    rows = resample_weights(h, size[0], w / size[1], kind, smooth, x)
    columns = resample_weights(w, size[1], h / size[0], kind, smooth, x)
    return torch.einsum("nchw,yh,xw->ncyx", x, rows, columns)
