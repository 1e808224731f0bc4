"""Normalize: the formula, without the fork's own gradient."""

from __future__ import annotations

from caffe2torch.layers.base import Site
from caffe2torch.layers.code import Code, number
from caffe2torch.layers.lazy import nn, torch


def code(x: Site) -> Code:
    """A module with one weight a channel, or one for all."""
    param = x.param.norm_param
    channels = 0 if param.channel_shared else x.bottoms[0][1]
    items = [str(channels)]
    if param.across_spatial:
        items.append("across_spatial=True")
    if number(param.eps) != "1e-10":
        items.append(f"eps={number(param.eps)}")
    return Code(f"L2Norm({', '.join(items)})")


class L2Norm(nn.Module):
    """weight * x / sqrt(sum of x² + eps), the sum over the channels, or over the whole image."""

    def __init__(self, channels: int, across_spatial: bool = False, eps: float = 1e-10) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones((channels,) if channels else ()))
        self.across_spatial, self.eps = across_spatial, eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        axes = tuple(range(1, x.dim())) if self.across_spatial else (1,)
        norm = (x.square().sum(axes, keepdim=True) + self.eps).sqrt()
        return x / norm * self.weight.view(-1, *[1] * (x.dim() - 2))
