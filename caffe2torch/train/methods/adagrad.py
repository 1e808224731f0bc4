"""AdaGrad: each weight's rate falls with the squared gradients that it has seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from caffe2torch.config.policies.base import Problem
from caffe2torch.train.methods.base import Method, Slots


class AdaGrad(Method):
    """h ← h + g²;  w ← w − rate · g / (√h + delta).

    Source: Caffe src/caffe/solvers/adagrad_solver.cpp, ComputeUpdateValue; Duchi et al. 2011
    """

    type = "AdaGrad"
    options = ("momentum", "delta")

    def __init__(
        self, params: Any, lr: float, *, delta: float = 1e-8, momentum: float = 0.0, **shared: Any
    ) -> None:
        super().__init__(params, lr, delta=delta, momentum=momentum, **shared)

    @classmethod
    def problems(cls, options: dict[str, Any]) -> Iterator[Problem]:
        """Yield a momentum, which has no meaning here."""
        yield from super().problems(options)
        if options["momentum"]:
            yield "momentum", "AdaGrad has no momentum", "remove the line, or use Nesterov or SGD"

    def rule(
        self,
        group: dict[str, Any],
        params: list[Tensor],
        grads: list[Tensor],
        slots: Slots,
        rate: float,
    ) -> None:
        """Subtract the gradient over the root of its history."""
        (history,) = slots
        torch._foreach_addcmul_(history, grads, grads)
        root = torch._foreach_sqrt(history)
        torch._foreach_add_(root, group["delta"])
        torch._foreach_addcdiv_(params, grads, root, value=-rate)
