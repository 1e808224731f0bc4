"""RMSProp: gradients over the root of their recent mean square."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from caffe2torch.config.policies.base import Problem, f32
from caffe2torch.train.methods.base import Method, Slots


class RMSProp(Method):
    """h ← rms_decay · h + (1 − rms_decay) · g²;  w ← w − rate · g / (√h + delta).

    Source: Caffe src/caffe/solvers/rmsprop_solver.cpp, ComputeUpdateValue; Tieleman, Hinton 2012
    """

    type = "RMSProp"
    options = ("momentum", "rms_decay", "delta")

    def __init__(
        self,
        params: Any,
        lr: float,
        *,
        rms_decay: float = 0.99,
        delta: float = 1e-8,
        momentum: float = 0.0,
        **shared: Any,
    ) -> None:
        super().__init__(params, lr, rms_decay=rms_decay, delta=delta, momentum=momentum, **shared)

    @classmethod
    def problems(cls, options: dict[str, Any]) -> Iterator[Problem]:
        """Yield a momentum, which has no meaning here, and a decay that is no fraction."""
        yield from super().problems(options)
        decay = options["rms_decay"]
        if options["momentum"]:
            yield "momentum", "RMSProp has no momentum", "remove the line; rms_decay is the memory"
        if not 0 <= decay < 1:
            yield "rms_decay", f"rms_decay is {decay:g}", "write a number from 0 to below 1"

    def rule(
        self,
        group: dict[str, Any],
        params: list[Tensor],
        grads: list[Tensor],
        slots: Slots,
        rate: float,
    ) -> None:
        """Subtract the gradient over the root of its mean square."""
        (history,) = slots
        decay = group["rms_decay"]
        torch._foreach_mul_(history, decay)
        torch._foreach_addcmul_(history, grads, grads, value=f32(1.0 - decay))
        root = torch._foreach_sqrt(history)
        torch._foreach_add_(root, group["delta"])
        torch._foreach_addcdiv_(params, grads, root, value=-rate)
