"""Nesterov's accelerated gradient."""

from __future__ import annotations

import torch

from caffe2torch.train.methods.base import Method, Update


class Nesterov(Method):
    """v' ← momentum · v + rate · g;  w ← w − ((1 + momentum) · v' − momentum · v).

    Source: Caffe src/caffe/solvers/nesterov_solver.cpp, ComputeUpdateValue; Nesterov 1983
    """

    type = "Nesterov"
    block = 0

    def rule(self, update: Update) -> None:
        """Step back by the old velocity and over by the new one.

        Written as rate · g + momentum · v', which is the same and needs no copy of v.
        """
        (velocity,) = update.histories
        momentum = update.group["momentum"]
        torch._foreach_mul_(update.grads, update.rate)
        torch._foreach_mul_(velocity, momentum)
        torch._foreach_add_(velocity, update.grads)
        torch._foreach_sub_(update.params, update.grads)
        torch._foreach_add_(update.params, velocity, alpha=-momentum)
