"""Stochastic gradient descent with momentum."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.utils._foreach_utils import _get_fused_kernels_supported_devices

from caffe2torch.config.policies.base import f32
from caffe2torch.train.methods.base import Method, Update


class SGD(Method):
    """v ← momentum · v + rate · g;  w ← w − v.

    The rate is inside the velocity, so after a change of the rate the steps follow it only as
    fast as the momentum forgets. torch.optim.SGD multiplies on the way out and differs there.

    Source: Caffe src/caffe/solvers/sgd_solver.cpp, ComputeUpdateValue
    """

    type = "SGD"
    block = 0

    def rule(self, update: Update) -> None:
        """Subtract the new velocity."""
        (velocity,) = update.histories
        torch._foreach_mul_(velocity, update.group["momentum"])
        torch._foreach_add_(velocity, update.grads, alpha=update.rate)
        torch._foreach_sub_(update.params, velocity)

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        """Use torch's fused kernel where it fits: one pass over memory instead of four."""
        grads = [p.grad for p in params if p.grad is not None]
        (velocity,) = self._histories(params)
        fits = self._fused(params, grads) and all(map(_alike, params, velocity))
        if not group["momentum"] or self.updates is not None or not fits:
            super()._update(group, params)
            return
        # The kernel's own lr would scale the velocity on its way out, as torch does; as
        # "dampening" the rate gets where Caffe has it.
        torch._fused_sgd_(
            params,
            grads,
            velocity,
            weight_decay=f32(self.weight_decay * f32(group["decay_mult"])),
            momentum=group["momentum"],
            lr=1.0,
            dampening=1.0 - f32(f32(group["lr"]) * f32(group["lr_mult"])),
            nesterov=False,
            maximize=False,
            is_first_step=False,
        )

    def _fused(self, params: list[Tensor], grads: list[Tensor]) -> bool:
        kinds = {(t.device, t.dtype) for t in (*params, *grads)}
        return (
            len(kinds) == 1
            and hasattr(torch, "_fused_sgd_")  # torch 2.3
            and params[0].device.type in _get_fused_kernels_supported_devices()
            and params[0].is_floating_point()
            and (self.regularization_type == "L2" or not self.weight_decay)
            and all(map(_alike, params, grads))
        )


def _alike(param: Tensor, other: Tensor) -> bool:
    """Whether both fill their memory without gaps, in the same order of axes."""
    if param.is_contiguous() and other.is_contiguous():
        return True
    form = torch.channels_last
    return (
        param.dim() == 4
        and param.is_contiguous(memory_format=form)
        and other.is_contiguous(memory_format=form)
    )
