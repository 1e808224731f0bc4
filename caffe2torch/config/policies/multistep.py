"""The rate drops by the factor gamma at each iteration listed in stepvalue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from caffe2torch.config.policies.base import Policy, Problem, f32, gamma_negative, raised


@dataclass
class Multistep(Policy):
    """rate = base_lr · gamma^current_step; current_step grows by at most one per update.

    The count comes from the solverstate, so a list that is changed before a resume counts
    from where the run was, not from its beginning.
    """

    name = "multistep"

    gamma: float = 0.0
    stepvalue: Sequence[int] = ()

    def rate(self, iteration: int) -> float:
        """Return the rate of `iteration`, which must not go back."""
        due = self.stepvalue[self.current_step : self.current_step + 1]
        if any(iteration >= value for value in due):
            self.current_step += 1
            self.announce(f"MultiStep Status: Iteration {iteration}, step = {self.current_step}")
        return f32(f32(self.base_lr) * raised(f32(self.gamma), self.current_step))

    def problems(self) -> Iterator[Problem]:
        """Yield a negative gamma."""
        yield from gamma_negative(self.gamma)
