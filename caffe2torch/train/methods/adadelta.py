"""AdaDelta: steps in the units of the weights, scaled by the steps before."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from caffe2torch.config.policies.base import f32
from caffe2torch.train.methods.base import Method, Slots


class AdaDelta(Method):
    """h ← m · h + (1 − m) · g²;  u = g · √((s + delta) / (h + delta));  s ← m · s + (1 − m) · u²;
    w ← w − rate · u, with m the momentum.

    The decay of both means is Caffe's `momentum`, and delta stands inside the roots.

    Source: Caffe src/caffe/solvers/adadelta_solver.cpp, ComputeUpdateValue; Zeiler 2012
    """

    type = "AdaDelta"
    slots = ("gradients", "updates")
    options = ("momentum", "delta")

    def __init__(
        self, params: Any, lr: float, *, momentum: float = 0.0, delta: float = 1e-8, **shared: Any
    ) -> None:
        super().__init__(params, lr, momentum=momentum, delta=delta, **shared)

    def rule(
        self,
        group: dict[str, Any],
        params: list[Tensor],
        grads: list[Tensor],
        slots: Slots,
        rate: float,
    ) -> None:
        """Subtract the gradient, scaled by the ratio of the two root mean squares."""
        gradients, steps = slots
        momentum, delta = group["momentum"], group["delta"]
        torch._foreach_mul_(gradients, momentum)
        torch._foreach_addcmul_(gradients, grads, grads, value=f32(1.0 - momentum))
        update = torch._foreach_add(steps, delta)
        torch._foreach_div_(update, torch._foreach_add(gradients, delta))
        torch._foreach_sqrt_(update)
        torch._foreach_mul_(update, grads)
        torch._foreach_mul_(steps, momentum)
        torch._foreach_addcmul_(steps, update, update, value=f32(1.0 - momentum))
        torch._foreach_add_(params, update, alpha=-rate)
