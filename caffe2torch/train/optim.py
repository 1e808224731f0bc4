"""Caffe's update methods and learning-rate policies for any torch model.

    optimizer = optim.Nesterov(net.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    scheduler = optim.PolicyLR(optimizer, "step", gamma=0.1, stepsize=10000)

The methods stand in caffe2torch/train/methods; call `scheduler.step()` after every
`optimizer.step()`, for Caffe counts iterations, not epochs.
"""

from __future__ import annotations

from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from caffe2torch.config import policies
from caffe2torch.errors import SolverError
from caffe2torch.train import methods


class PolicyLR(LRScheduler):
    """A policy of Caffe's as a scheduler of torch's, with the rate rounded as Caffe rounds it.

    policy:     name, as lr_policy spells it
    parameters: the fields of SolverParameter that the policy reads: gamma, power, stepsize,
                stepvalue, max_iter; base_lr is the optimizer's own rate

    Raises: SolverError for an unknown policy or a parameter that Caffe refuses.
    """

    def __init__(
        self, optimizer: Optimizer, policy: str, last_epoch: int = -1, **parameters: Any
    ) -> None:
        base_lr = optimizer.param_groups[0].get("initial_lr", optimizer.param_groups[0]["lr"])
        self.policy = policies.find(policy)(base_lr=base_lr, **parameters)
        for _, what, hint in self.policy.problems():
            raise SolverError(what, hint=hint)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the rate of each group; groups keep the ratio that they began with."""
        rate = self.policy.rate(self.last_epoch)
        first = self.base_lrs[0]
        return [rate if base == first else rate * float(base / first) for base in self.base_lrs]


__all__ = ["PolicyLR", *methods.known()]


def __getattr__(name: str) -> Any:
    if name in methods.known():
        return methods.known()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
