"""FlowWarp: an image moved along a flow (FlowNet 2)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class FlowWarp(Layer):
    """For each pixel the value at the place its flow points to, between its four neighbours.

    Shape:    image (N, C, H, W), flow (N, 2, H, W) of x and y in pixels -> (N, C, H, W)
    Params:   fill_value [ZERO], for places outside of the image: 0, or NOT_A_NUMBER
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError for sizes that do not fit
    Source:   Ilg et al., FlowNet 2 (2017); flownet2 src/caffe/layers/flow_warp_layer.cpp
    """

    type = "FlowWarp"
    origin = "flownet2"
    bottoms = 2
    param_field = "flow_warp_param"
    examples = (Example("", bottoms=[(2, 3, 5, 6), (2, 2, 5, 6)], low=0.1, high=0.9),)

    def shapes(self, x: Site) -> list[Shape]:
        image, flow = x.bottoms
        if len(image) != 4 or flow != (image[0], 2, *image[2:]):
            raise ShapeError(
                f"takes (N, C, H, W) and (N, 2, H, W), got {image} and {flow}", field="bottom"
            )
        return [image]

    def code(self, x: Site) -> Code:
        p = x.param.flow_warp_param
        return op(warp_along, fill=0.0 if p.fill_value == p.ZERO else float("nan"))


def warp_along(image: torch.Tensor, flow: torch.Tensor, fill: float) -> torch.Tensor:
    """Values of image (N, C, H, W) at the places that flow (N, 2, H, W) points to."""
    n, c, h, w = image.shape
    rows = torch.arange(h, device=image.device, dtype=image.dtype)[:, None]
    columns = torch.arange(w, device=image.device, dtype=image.dtype)
    x, y = columns + flow[:, 0], rows + flow[:, 1]
    inside = (x >= 0) & (y >= 0) & (x < w) & (y < h)
    left = x.detach().trunc().clamp(0, w - 1)
    top = y.detach().trunc().clamp(0, h - 1)
    right, below = (left + 1).clamp(max=w - 1), (top + 1).clamp(max=h - 1)
    a, b = (x - left)[:, None], (y - top)[:, None]
    flat = image.flatten(2)

    def at(row: torch.Tensor, column: torch.Tensor) -> torch.Tensor:
        index = (row * w + column).long().flatten(1)[:, None].expand(n, c, h * w)
        return flat.gather(2, index).reshape(n, c, h, w)

    upper = (1 - a) * at(top, left) + a * at(top, right)
    lower = (1 - a) * at(below, left) + a * at(below, right)
    value = (1 - b) * upper + b * lower
    return torch.where(inside[:, None], value, torch.full_like(value, fill))
