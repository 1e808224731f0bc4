"""Nesterov's accelerated gradient."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from caffe2torch.train.methods.base import Method, Slots


class Nesterov(Method):
    """v' ← momentum · v + rate · g;  w ← w − ((1 + momentum) · v' − momentum · v).

    Source: Caffe src/caffe/solvers/nesterov_solver.cpp, ComputeUpdateValue; Nesterov 1983
    """

    type = "Nesterov"
    options = ("momentum",)
    block = 0

    def __init__(self, params: Any, lr: float, *, momentum: float = 0.0, **shared: Any) -> None:
        super().__init__(params, lr, momentum=momentum, **shared)

    def rule(
        self,
        group: dict[str, Any],
        params: list[Tensor],
        grads: list[Tensor],
        slots: Slots,
        rate: float,
    ) -> None:
        """Step back by the old velocity and over by the new one.

        Written as rate · g + momentum · v', which is the same and needs no copy of v.
        """
        (velocity,) = slots
        momentum = group["momentum"]
        torch._foreach_mul_(grads, rate)
        torch._foreach_mul_(velocity, momentum)
        torch._foreach_add_(velocity, grads)
        torch._foreach_sub_(params, grads)
        torch._foreach_add_(params, velocity, alpha=-momentum)
