"""AdaGrad: each weight's rate falls with the squared gradients that it has seen."""

from __future__ import annotations

import torch

from caffe2torch.train.methods.base import Method, Update


class AdaGrad(Method):
    """h ← h + g²;  w ← w − rate · g / (√h + delta).

    Source: Caffe src/caffe/solvers/adagrad_solver.cpp, ComputeUpdateValue; Duchi et al. 2011
    """

    type = "AdaGrad"

    def rule(self, update: Update) -> None:
        """Subtract the gradient over the root of its history."""
        (history,) = update.histories
        torch._foreach_addcmul_(history, update.grads, update.grads)
        root = torch._foreach_sqrt(history)
        torch._foreach_add_(root, update.group["delta"])
        torch._foreach_addcdiv_(update.params, update.grads, root, value=-update.rate)
