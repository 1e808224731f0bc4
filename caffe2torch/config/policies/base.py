"""What a learning-rate policy is: a pure function of the iteration, rounded as Caffe rounds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ctypes import c_float
from dataclasses import dataclass, field
from math import copysign, inf, nan
from typing import ClassVar

Problem = tuple[str, str, str]
"""A field of SolverParameter, what is wrong with it, and what to write instead."""


def f32(value: float) -> float:
    """Return `value` rounded to float32, the type in which Caffe computes rates."""
    return c_float(value).value


def raised(base: float, exponent: float) -> float:
    """Return base^exponent as C's pow does: NaN and infinity where Python raises."""
    if base < 0 and not float(exponent).is_integer():
        return nan
    try:
        return float(base**exponent)
    except (OverflowError, ZeroDivisionError):
        return copysign(inf, base) if exponent % 2 else inf


def silent(_line: str) -> None:
    """Say nothing: the default of `Policy.announce`."""


@dataclass
class Policy:
    """Base of the policies; the fields of a subclass are fields of SolverParameter.

    base_lr:      the rate that the policy scales
    current_step: how often the rate has dropped; a solverstate carries it, and only `step` and
                  `multistep` move it
    announce:     called with each line that Caffe logs while it computes a rate

    Source: Caffe src/caffe/solvers/sgd_solver.cpp, GetLearningRate
    """

    name: ClassVar[str] = ""

    base_lr: float = 0.0
    current_step: int = field(default=0, kw_only=True)
    announce: Callable[[str], None] = field(default=silent, kw_only=True, repr=False)

    def rate(self, iteration: int) -> float:
        """Return the rate of the update that follows `iteration` finished ones."""
        raise NotImplementedError

    def problems(self) -> Iterator[Problem]:
        """Yield what Caffe would refuse in the parameters."""
        return iter(())


def gamma_negative(gamma: float) -> Iterator[Problem]:
    """Yield the problem of a negative gamma (CHECK_GE in GetLearningRate)."""
    if gamma < 0:
        yield "gamma", f"gamma is {gamma:g}, below 0", "write a factor from 0 to 1, such as 0.1"


def stepsize_missing(stepsize: int) -> Iterator[Problem]:
    """Yield the problem of a stepsize that is not positive (CHECK_GT in GetLearningRate)."""
    if stepsize <= 0:
        yield (
            "stepsize",
            f"stepsize is {stepsize}, but must be above 0",
            "write the number of iterations after which the rate changes",
        )
