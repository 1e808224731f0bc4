"""--lr-policy cosine and --warmup-iters: rates that Caffe's policies do not give."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from caffe2torch.config.policies.base import Policy, f32
from caffe2torch.module.extras import Extras


@dataclass
class Cosine(Policy):
    """rate = base_lr / 2 · (1 + cos(π · iteration / max_iter)), 0 from max_iter on.

    Source: Loshchilov and Hutter 2017, SGDR, without restarts
    """

    name = "cosine"

    max_iter: int = 0

    def rate(self, iteration: int) -> float:
        """Return the rate of `iteration`."""
        share = min(iteration / self.max_iter, 1.0) if self.max_iter else 1.0
        return f32(f32(self.base_lr) * 0.5 * (1 + math.cos(math.pi * share)))


class WarmUp(Policy):
    """rate = that of another policy · (iteration + 1) / iterations, in the first `iterations`.

    Source: Goyal et al. 2017, Accurate, large minibatch SGD
    """

    def __init__(self, policy: Policy, iterations: int) -> None:
        self.policy, self.iterations = policy, iterations

    def rate(self, iteration: int) -> float:
        """Return the rate of `iteration`."""
        share = min((iteration + 1) / self.iterations, 1.0)
        return f32(self.policy.rate(iteration) * share)

    @property
    def base_lr(self) -> float:
        """The rate that the other policy scales."""
        return self.policy.base_lr

    @base_lr.setter
    def base_lr(self, value: float) -> None:
        self.policy.base_lr = value

    @property
    def current_step(self) -> int:
        """How often the other policy's rate has dropped."""
        return self.policy.current_step

    @current_step.setter
    def current_step(self, value: int) -> None:
        self.policy.current_step = value

    @property
    def announce(self) -> Callable[[str], None]:
        """What the other policy's lines go to."""
        return self.policy.announce

    @announce.setter
    def announce(self, value: Callable[[str], None]) -> None:
        self.policy.announce = value


def extended(policy: Policy, extras: Extras, max_iter: int) -> Policy:
    """Return the policy that a solver's own becomes by the extras."""
    if extras.lr_policy:
        policy = Cosine(policy.base_lr, max_iter=max_iter)
    return WarmUp(policy, extras.warmup_iters) if extras.warmup_iters else policy
