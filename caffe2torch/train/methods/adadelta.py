"""AdaDelta: steps in the units of the weights, scaled by the steps before."""

from __future__ import annotations

import torch

from caffe2torch.config.policies.base import f32
from caffe2torch.train.methods.base import Method, Update


class AdaDelta(Method):
    """h ← m · h + (1 − m) · g²;  u = g · √((s + delta) / (h + delta));  s ← m · s + (1 − m) · u²;
    w ← w − rate · u, with m the momentum.

    The decay of both means is Caffe's `momentum`, and delta stands inside the roots.

    Source: Caffe src/caffe/solvers/adadelta_solver.cpp, ComputeUpdateValue; Zeiler 2012
    """

    type = "AdaDelta"

    def rule(self, update: Update) -> None:
        """Subtract the gradient, scaled by the ratio of the two root mean squares."""
        gradients, steps = update.histories
        momentum, delta = update.group["momentum"], update.group["delta"]
        torch._foreach_mul_(gradients, momentum)
        torch._foreach_addcmul_(gradients, update.grads, update.grads, value=f32(1.0 - momentum))
        scaled = torch._foreach_add(steps, delta)
        torch._foreach_div_(scaled, torch._foreach_add(gradients, delta))
        torch._foreach_sqrt_(scaled)
        torch._foreach_mul_(scaled, update.grads)
        torch._foreach_mul_(steps, momentum)
        torch._foreach_addcmul_(steps, scaled, scaled, value=f32(1.0 - momentum))
        torch._foreach_add_(update.params, scaled, alpha=-update.rate)
