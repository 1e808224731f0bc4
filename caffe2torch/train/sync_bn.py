"""BatchNorm over all processes: the statistics of one large batch, as torch's SyncBatchNorm.

torch's own module cannot carry Caffe's blobs and refuses the CPU; the arithmetic is the same.

Source: PyTorch torch/nn/modules/_functions.py, SyncBatchNorm
"""

from __future__ import annotations

from types import MethodType
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn


class _Sum(torch.autograd.Function):
    """The sum over all processes; each one's gradient reaches all of them."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Return the sum of what the processes pass."""
        total = x.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        """Return the sum of the gradients."""
        total = grads[0].clone()
        dist.all_reduce(total)
        return total


def synchronize(net: nn.Module) -> int:
    """Let every BatchNorm of a net take its statistics over all processes; return how many do."""
    found = [m for m in net.modules() if hasattr(m, "normalize") and hasattr(m, "store")]
    for module in found:
        setattr(module, "normalize", MethodType(_normalize, module))  # noqa: B010
    return len(found)


def _normalize(module: Any, x: Tensor, weight: Tensor | None, bias: Tensor | None) -> Tensor:
    """Normalize (N, C, ...) by mean and biased variance over all processes; store both."""
    axes = [axis for axis in range(x.dim()) if axis != 1]
    wide = x.float()
    count = torch.tensor(float(x.numel() // x.size(1)), device=x.device)
    dist.all_reduce(count)
    mean = _Sum.apply(wide.sum(axes)) / count
    centred = wide - _along(mean, x)
    variance = _Sum.apply(centred.square().sum(axes)) / count
    y = centred * _along((variance + module.eps).rsqrt(), x)
    unbiased = variance.detach() * (count / (count - 1).clamp(min=1))
    module.store(mean.detach(), unbiased)
    y = y if weight is None else y * _along(weight, x)
    y = y if bias is None else y + _along(bias, x)
    return y.to(x.dtype)


def _along(values: Tensor, x: Tensor) -> Tensor:
    """Return one value a channel in a shape that fits x."""
    return values.view(1, -1, *[1] * (x.dim() - 2))
