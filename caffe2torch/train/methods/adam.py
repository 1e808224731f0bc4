"""Adam: bias-corrected means of the gradient and of its square."""

from __future__ import annotations

from math import inf, nan, sqrt
from typing import Any

import torch
from torch import Tensor

from caffe2torch.config.policies.base import f32
from caffe2torch.train.methods.base import Method, Slots


class Adam(Method):
    """m ← β1 · m + (1 − β1) · g;  v ← β2 · v + (1 − β2) · g²;
    w ← w − rate · √(1 − β2^t) / (1 − β1^t) · m / (√v + delta), with t counting from 1.

    β1 is Caffe's `momentum`, whose default is 0, and β2 is `momentum2`. The correction does not
    reach delta, as it does in torch.optim.Adam.

    Source: Caffe src/caffe/solvers/adam_solver.cpp, ComputeUpdateValue; Kingma, Ba 2014
    """

    type = "Adam"
    slots = ("mean", "square")
    options = ("momentum", "momentum2", "delta")

    def __init__(
        self,
        params: Any,
        lr: float,
        *,
        momentum: float = 0.0,
        momentum2: float = 0.999,
        delta: float = 1e-8,
        **shared: Any,
    ) -> None:
        super().__init__(params, lr, momentum=momentum, momentum2=momentum2, delta=delta, **shared)

    def rule(
        self,
        group: dict[str, Any],
        params: list[Tensor],
        grads: list[Tensor],
        slots: Slots,
        rate: float,
    ) -> None:
        """Subtract the mean over the root of the mean square."""
        mean, square = slots
        beta1, beta2 = group["momentum"], group["momentum2"]
        torch._foreach_mul_(mean, beta1)
        torch._foreach_add_(mean, grads, alpha=f32(1.0 - beta1))
        torch._foreach_mul_(square, beta2)
        torch._foreach_addcmul_(square, grads, grads, value=f32(1.0 - beta2))
        root = torch._foreach_sqrt(square)
        torch._foreach_add_(root, group["delta"])
        step = f32(rate * correction(beta1, beta2, group["iteration"] + 1))
        torch._foreach_addcdiv_(params, mean, root, value=-step)


def correction(beta1: float, beta2: float, t: int) -> float:
    """Return √(1 − β2^t) / (1 − β1^t) in float32; not finite where C's is not."""
    bias = 1.0 - beta1**t
    spread = 1.0 - beta2**t
    if spread < 0:
        return nan
    return f32(sqrt(spread) / bias) if bias else inf
