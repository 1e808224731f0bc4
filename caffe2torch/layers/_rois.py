"""What the layers that pool regions share: checks, rounding, and torchvision where it works."""

from __future__ import annotations

from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Site
from caffe2torch.layers.lazy import torch


def check_rois(x: Site) -> None:
    """Raise ShapeError unless the bottoms are a 4-D map and rows of five numbers."""
    features, rois = x.bottoms
    if len(features) != 4:
        raise ShapeError(f"pools a 4-D bottom (N, C, H, W), got {features}", field="bottom")
    numbers = 1
    for dim in rois[1:]:
        numbers *= dim
    if numbers != 5:
        raise ShapeError(
            f"bottom {x.bottom_names[1]!r} of shape {rois} holds {numbers} numbers a region",
            field="bottom",
            hint="give (R, 5): index of the image, x1, y1, x2, y2 in pixels of the input image",
        )


def torchvision_ops() -> Any:
    """Give torchvision.ops, or None where it is missing or was compiled for another torch."""
    if not hasattr(torchvision_ops, "module"):
        try:
            from torchvision import extension, ops

            works = extension._has_ops()
        except (ImportError, RuntimeError):
            works = False
        torchvision_ops.module = ops if works else None  # type: ignore[attr-defined]
    return torchvision_ops.module  # type: ignore[attr-defined]


def round_half_away(x: torch.Tensor) -> torch.Tensor:
    """Round as C's round does: halves away from zero (torch.round takes the even one)."""
    whole = x.trunc()
    return whole + x.sign() * ((x - whole).abs() >= 0.5)
