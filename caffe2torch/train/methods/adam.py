"""Adam: bias-corrected means of the gradient and of its square."""

from __future__ import annotations

from math import inf, nan, sqrt

import torch

from caffe2torch.config.policies.base import f32
from caffe2torch.train.methods.base import Method, Update


class Adam(Method):
    """m ← β1 · m + (1 − β1) · g;  v ← β2 · v + (1 − β2) · g²;
    w ← w − rate · √(1 − β2^t) / (1 − β1^t) · m / (√v + delta), with t counting from 1.

    β1 is Caffe's `momentum`, whose default is 0, and β2 is `momentum2`. The correction does not
    reach delta, as it does in torch.optim.Adam.

    Source: Caffe src/caffe/solvers/adam_solver.cpp, ComputeUpdateValue; Kingma, Ba 2014
    """

    type = "Adam"

    def rule(self, update: Update) -> None:
        """Subtract the mean over the root of the mean square."""
        mean, square = update.histories
        beta1, beta2 = update.group["momentum"], update.group["momentum2"]
        torch._foreach_mul_(mean, beta1)
        torch._foreach_add_(mean, update.grads, alpha=f32(1.0 - beta1))
        torch._foreach_mul_(square, beta2)
        torch._foreach_addcmul_(square, update.grads, update.grads, value=f32(1.0 - beta2))
        root = torch._foreach_sqrt(square)
        torch._foreach_add_(root, update.group["delta"])
        step = f32(update.rate * correction(beta1, beta2, update.group["iteration"] + 1))
        torch._foreach_addcdiv_(update.params, mean, root, value=-step)


def correction(beta1: float, beta2: float, t: int) -> float:
    """Return √(1 − β2^t) / (1 − β1^t) in float32; not finite where C's is not."""
    bias = 1.0 - beta1**t
    spread = 1.0 - beta2**t
    if spread < 0:
        return nan
    return f32(sqrt(spread) / bias) if bias else inf
