"""What a run says: Caffe's log lines, and the same numbers to whoever watches.

Source: Caffe src/caffe/solver.cpp, Step, Solve, Test; src/caffe/solvers/sgd_solver.cpp

The smoothed loss that the log shows: a mean over the last average_loss iterations.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from caffe2torch.config.policies.base import f32
from caffe2torch.module.runner import Runner
from caffe2torch.train import watch
from caffe2torch.train.log import number, weighted

if TYPE_CHECKING:
    from caffe2torch.train.loop import Solver


class Display:
    """Says what a solver does; only rank 0 is heard, but all ranks share their losses."""

    def __init__(self, solver: Solver) -> None:
        self.solver = solver
        self.clock = time.perf_counter()
        self.shown = 0

    def start(self) -> None:
        """Begin to measure time."""
        self.clock = time.perf_counter()
        self.pending: watch.Display | None = None

    def take_losses(self) -> None:
        """Average the losses of the iterations since the last call over all ranks, in order."""
        solver = self.solver
        if solver.losses:
            values = torch.stack(solver.losses).tolist()
            solver.losses.clear()
            for loss in solver.ranks.means(values):
                solver.average.add(f32(loss))

    def train(self, blobs: dict[str, Tensor]) -> None:
        """Show the smoothed loss, and the outputs of the last batch."""
        solver = self.solver
        self.take_losses()
        values = solver.ranks.means(solver.train.scores(blobs).tolist())
        lapse = time.perf_counter() - self.clock
        done = solver.iter - self.shown
        smoothed = solver.average.smoothed
        solver.log(
            "solver.cpp:239",
            f"Iteration {solver.iter} ({number(done / (lapse or 1))} iter/s, {number(lapse)}s/"
            f"{solver.param.display} iters), loss = {number(smoothed)}",
        )
        self.clock, self.shown = time.perf_counter(), solver.iter
        scores = self._scores("Train", solver.train, values)
        images = done * solver.train.images * solver.param.iter_size * solver.ranks.world
        self.pending = watch.Display(solver.iter, smoothed, None, scores, images, lapse)

    def _scores(self, phase: str, runner: Runner, values: list[float]) -> list[watch.Score]:
        place = "solver.cpp:258" if phase == "Train" else "solver.cpp:414"
        scores = []
        for i, (blob, value) in enumerate(zip(runner.score_names, values, strict=True)):
            weight = f32(runner.graph.loss_weights.get(blob, 0.0))
            line = f"    {phase} net output #{i}: {blob} = {number(value)}"
            self.solver.log(place, line + weighted(value, weight))
            scores.append(watch.Score(blob, value, weight))
        return scores

    def rate(self, rate: float) -> None:
        """Show the learning rate of the update that comes now."""
        self.solver.log("sgd_solver.cpp:112", f"Iteration {self.solver.iter}, lr = {number(rate)}")
        if self.pending:
            shown = watch.Display(**{**self.pending.__dict__, "rate": rate})
            self.solver.tell("on_display", shown)

    def clip(self, norm: float, limit: float, factor: float) -> None:
        """Show that the gradients were scaled down."""
        self.solver.log(
            "sgd_solver.cpp:99",
            f"Gradient clipping: scaling down gradients (L2 norm {number(norm)} > "
            f"{number(limit)}) by scale factor {number(factor)}",
        )

    def end(self) -> None:
        """Show the loss of the forward after the last update."""
        self.take_losses()
        smoothed = self.solver.average.smoothed
        text = f"Iteration {self.solver.iter}, loss = {number(smoothed)}"
        self.solver.log("solver.cpp:327", text)
        self.solver.tell("on_display", watch.Display(self.solver.iter, smoothed, None))

    def testing(self, index: int) -> None:
        """Say that a test net runs now, and which trained layers it does without."""
        solver = self.solver
        solver.log("solver.cpp:347", f"Iteration {solver.iter}, Testing net (#{index})")
        known = {node.name for node in solver.tests[index].graph.nodes}
        for node in solver.train.graph.nodes:
            if node.name not in known:
                solver.log("net.cpp:678", f"Ignoring source layer {node.name}")

    def tested(self, index: int, means: list[float], loss: float | None) -> None:
        """Show the mean scores of a test net."""
        solver = self.solver
        if loss is not None:
            solver.log("solver.cpp:401", f"Test loss: {number(loss)}")
        scores = self._scores("Test", solver.tests[index], means)
        solver.tell("on_test", watch.Scored(solver.iter, index, scores, loss))


@dataclass
class Average:
    """A ring of losses, with Caffe's float32 arithmetic.

    Source: Caffe src/caffe/solver.cpp, UpdateSmoothedLoss
    """

    size: int
    losses: list[float] = field(default_factory=list)
    smoothed: float = 0.0
    seen: int = 0

    def add(self, loss: float) -> None:
        """Take in the loss of the next iteration."""
        if len(self.losses) < self.size:
            self.losses.append(loss)
            count = len(self.losses)
            self.smoothed = f32(f32(self.smoothed * (count - 1) + loss) / count)
        else:
            place = self.seen % self.size
            gain = f32(f32(loss - self.losses[place]) / self.size)
            self.smoothed = f32(self.smoothed + gain)
            self.losses[place] = loss
        self.seen += 1
