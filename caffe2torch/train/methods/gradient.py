"""What happens to the gradients before an update rule sees them: clip, ÷ iter_size, decay."""

from __future__ import annotations

import torch
from torch import Tensor

from caffe2torch.config.policies.base import f32

Clipped = tuple[float, float, float]
"""The norm found, the limit, and the factor that all gradients were multiplied by."""


def clip(grads: list[Tensor], limit: float) -> Clipped | None:
    """Scale all gradients together until their norm is `limit`; None if nothing had to change.

    Source: sgd_solver.cpp, ClipGradients: it sees the sum over iter_size, before weight decay.
    """
    if limit < 0 or not grads:
        return None
    norm = float(torch.linalg.vector_norm(torch.stack(torch._foreach_norm(grads))))
    if not norm > limit:
        return None
    factor = f32(limit / norm)
    torch._foreach_mul_(grads, factor)
    return norm, limit, factor


def normalize(grads: list[Tensor], iter_size: int) -> None:
    """Turn the sum over iter_size passes into their mean (sgd_solver.cpp, Normalize)."""
    if iter_size != 1 and grads:  # a net may have none
        torch._foreach_mul_(grads, f32(1.0 / iter_size))


def regularize(grads: list[Tensor], params: list[Tensor], decay: float, kind: str) -> None:
    """Add the gradient of the L1 or L2 penalty (sgd_solver.cpp, Regularize)."""
    if decay and kind == "L1":
        torch._foreach_add_(grads, torch._foreach_sign(params), alpha=decay)
    elif decay:
        torch._foreach_add_(grads, params, alpha=decay)
