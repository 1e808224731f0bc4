"""RMSProp: gradients over the root of their recent mean square."""

from __future__ import annotations

import torch

from caffe2torch.config.policies.base import f32
from caffe2torch.train.methods.base import Method, Update


class RMSProp(Method):
    """h ← rms_decay · h + (1 − rms_decay) · g²;  w ← w − rate · g / (√h + delta).

    Source: Caffe src/caffe/solvers/rmsprop_solver.cpp, ComputeUpdateValue; Tieleman, Hinton 2012
    """

    type = "RMSProp"

    def rule(self, update: Update) -> None:
        """Subtract the gradient over the root of its mean square."""
        (history,) = update.histories
        decay = update.group["rms_decay"]
        torch._foreach_mul_(history, decay)
        torch._foreach_addcmul_(history, update.grads, update.grads, value=f32(1.0 - decay))
        root = torch._foreach_sqrt(history)
        torch._foreach_add_(root, update.group["delta"])
        torch._foreach_addcdiv_(update.params, update.grads, root, value=-update.rate)
