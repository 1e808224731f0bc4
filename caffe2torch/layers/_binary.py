"""Weights that count by their signs (XNOR-Net), with the gradient of the signs themselves."""

from __future__ import annotations

from typing import Any

from caffe2torch.layers.lazy import torch


class BinaryWeight(torch.autograd.Function):
    """Signs of the rows of a weight, times the mean size of each row; the gradient goes through."""

    @staticmethod
    def forward(ctx: Any, weight: torch.Tensor, use_alpha: bool) -> torch.Tensor:
        sign = torch.where(weight >= 0, 1.0, -1.0).to(weight.dtype)
        if not use_alpha:
            return sign
        return sign * weight.abs().flatten(1).mean(1).view(-1, *[1] * (weight.dim() - 1))

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> Any:
        return grad, None


def binary_weight(weight: torch.Tensor, use_alpha: bool) -> torch.Tensor:
    """The weight (N, any) as signs."""
    result: torch.Tensor = BinaryWeight.apply(weight, use_alpha)
    return result
