"""A range test: train a moment at ever higher rates, and see where the loss falls and jumps.

Source: Smith 2017, Cyclical learning rates for training neural networks
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from caffe2torch import caffe_pb2 as pb
from caffe2torch.atomic import replacing
from caffe2torch.config.policies.base import Policy
from caffe2torch.errors import SolverError
from caffe2torch.format.text import apply
from caffe2torch.health.probe.trial import Recorder, quiet
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Fix
from caffe2torch.train.held import Held
from caffe2torch.train.solver import Solver

LOWEST, HIGHEST, MARGIN = 1e-5, 10.0, 10.0
"""The rates of a test, and how far beyond the configured rate it goes where that is not enough."""
SMOOTH, WORSE, FELL = 0.9, 4.0, 0.95
SHARE = 0.1
NEAR = 1.02
"""So close to the lowest counts as the lowest: a net that has died stays at ln(C) for long."""
RULE = "a tenth of the first rate whose smoothed loss is within 2 % of the lowest"


@dataclass
class Sweep(Policy):
    """rate = low · (high / low)^(i / (count - 1)), i counted from `first`."""

    high: float = 1.0
    count: int = 2
    first: int = 0

    def rate(self, iteration: int) -> float:
        """Return the rate of `iteration`."""
        share = (iteration - self.first) / (self.count - 1)
        return float(self.base_lr * (self.high / self.base_lr) ** share)


@dataclass(frozen=True)
class RateTest:
    """A range test.

    rates, losses, smoothed: of each iteration
    start:      the first smoothed loss
    configured: the solver's base_lr
    """

    rates: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    smoothed: list[float] = field(default_factory=list)
    configured: float = 0.0

    @property
    def lowest(self) -> int:
        """Where the smoothed loss first is as good as lowest."""
        least = min(self.smoothed)
        return next(i for i, loss in enumerate(self.smoothed) if loss <= NEAR * least)

    @property
    def fell(self) -> bool:
        """Whether the loss fell at all, and not by noise only."""
        return bool(self.smoothed) and self.smoothed[self.lowest] < FELL * self.smoothed[0]

    @property
    def suggestion(self) -> float | None:
        """RULE, with two digits; None if the loss never fell."""
        return float(f"{SHARE * self.rates[self.lowest]:.2g}") if self.fell else None


def find(running: Solver, count: int) -> RateTest:
    """Sweep the rates over `count` iterations of a run, with its method and momentum.

    It ends early where the smoothed loss is four times its lowest. The run, its data and its random
    numbers are afterwards where they were before.
    """
    state, param = running.state, pb.SolverParameter()
    param.CopyFrom(state.param)
    held, policy = Held(state), state.policy
    recorder = Recorder()
    running.watch(recorder)
    low, high = span(param.base_lr)
    sweep = state.policy = Sweep(low, high=high, count=count, first=state.iter)
    quiet(state.param)
    test = RateTest(configured=param.base_lr)
    try:
        while len(test.losses) < count and not is_over(test):
            rate = sweep.rate(state.iter)
            running.step(1)
            take_in(test, rate, recorder.losses[-1])
    finally:
        running.watchers.dismiss(recorder)
        state.policy = policy
        state.param.CopyFrom(param)
        held.put_back(state)
    return test


def span(base_lr: float) -> tuple[float, float]:
    """Return the lowest and the highest rate to try."""
    if base_lr <= 0:
        return LOWEST, HIGHEST
    return min(LOWEST, base_lr / MARGIN), max(HIGHEST, base_lr * MARGIN)


def take_in(test: RateTest, rate: float, loss: float) -> None:
    """Add an iteration; the smoothed loss is a moving average without the bias of its start."""
    if not math.isfinite(loss):
        loss = math.inf
    count = len(test.losses)
    weight = 1 - SMOOTH**count
    before = test.smoothed[-1] * weight if count else 0.0
    test.rates.append(rate)
    test.losses.append(loss)
    test.smoothed.append((SMOOTH * before + (1 - SMOOTH) * loss) / (1 - SMOOTH ** (count + 1)))


def is_over(test: RateTest) -> bool:
    """Whether the loss has blown up."""
    return bool(test.smoothed) and not test.smoothed[-1] < WORSE * min(test.smoothed)


def lines(test: RateTest, stable: float | None) -> Iterator[str]:
    """Yield what a user is told, the suggestion first."""
    if test.suggestion is None:
        yield "the loss falls at no rate: try more --iterations, or look for the fault by c2t probe"
    else:
        yield f"suggestion: base_lr {test.suggestion:g}"
        yield f"  {RULE}"
    rate, loss = test.rates[test.lowest], test.smoothed[test.lowest]
    yield f"  smoothed loss: {test.smoothed[0]:.4g} at first, {loss:.4g} at the rate {rate:.2g}"
    yield f"  tried: {test.rates[0]:.2g} to {test.rates[-1]:.2g}"
    yield f"  configured: base_lr {test.configured:g}"
    if stable:
        yield f"  largest stable rate at the start, by c2t lint: {stable:.2g}"


def write(context: Context, rate: float) -> str:
    """Write base_lr into the solver of a context, and nothing else; return what was done.

    Raises: SolverError for a solver that is no text; OSError if it cannot be written.
    """
    value = fix.number(rate)
    change = Fix(f"base_lr: {value}", tuple(fix.put_solver(context.solver, "base_lr", value)))
    if not change.edits:
        raise SolverError(
            f"{context.file} cannot be edited", hint=f"write base_lr: {value} by hand"
        )
    texts = {
        file: apply(context.files.text(file), edits)
        for file, edits in fix.by_file([change]).items()
    }
    fix.write(texts)
    return f"{context.file}: base_lr {context.param.base_lr:g} is now {value}"


def draw(test: RateTest, picture: Path, stable: float | None) -> None:
    """Draw losses over rates, with the configured, the suggested and the largest stable rate."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4), layout="tight")
    axes = figure.subplots()
    axes.semilogx(test.rates, test.losses, color="0.75", linewidth=1, label="loss")
    axes.semilogx(test.rates, test.smoothed, color="#1f77b4", label="smoothed")
    marks = [
        (test.configured, "#d62728", "--", "base_lr as configured"),
        (test.suggestion, "#2ca02c", "-", "suggestion"),
        (stable, "#9467bd", ":", "largest stable rate at the start, by c2t lint"),
    ]
    for rate, color, style, name in marks:
        if rate:
            axes.axvline(rate, color=color, linestyle=style, label=f"{name}: {rate:.2g}")
    finite = [loss for loss in test.smoothed if math.isfinite(loss)]
    axes.set_ylim(0, 1.5 * max(finite[0], min(finite)) if finite else 1)
    axes.set_xlabel("learning rate")
    axes.set_ylabel("training loss")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    with replacing(picture) as aside:
        figure.savefig(aside, format="png", dpi=120)
