"""`c2t test`: what trained weights score, batch by batch and on average.

Source: Caffe tools/caffe.cpp, test
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch

from caffe2torch.config.files import Files
from caffe2torch.config.nets import Chosen, choose
from caffe2torch.config.policies.base import f32
from caffe2torch.data.paths import resolve
from caffe2torch.errors import SolverError
from caffe2torch.format import upgrade
from caffe2torch.graph import build_graph
from caffe2torch.graph.filtering import net_state
from caffe2torch.module.options import Options
from caffe2torch.module.runner import Runner
from caffe2torch.module.trained import copy_trained
from caffe2torch.train.log import Log, number, weighted
from caffe2torch.train.net_log import log_net
from caffe2torch.weights import read_weights

DEFAULT_ITERATIONS = 50


@dataclass
class Scorer:
    """Runs test nets on trained weights.

    weights: paths of trained weights, comma separated
    echo:    prints a line for the user
    """

    weights: str
    options: Options
    log: Log
    echo: Callable[[str], None]
    base: str = field(default="")

    @torch.no_grad()
    def test(self, chosen: Chosen, iterations: int) -> None:
        """Run `iterations` batches of a net; tell every score of every batch, and the means."""
        graph = build_graph(chosen.net, chosen.state)
        log_net(graph, self.log)
        runner = Runner(graph, self.options)
        try:
            self._load(runner)
            for note in runner.notes:
                self.echo(f"note: {note}")
            self.log("caffe.cpp:281", f"Running for {iterations} iterations.")
            self._report(runner, *self._run(runner, iterations), iterations)
        finally:
            runner.close()

    def _load(self, runner: Runner) -> None:
        for path in self.weights.split(","):
            found = read_weights(resolve(path.strip(), self.base))
            copied = copy_trained(runner.net, found, self.log, self.options.ignore_shape_mismatch)
            for note in copied.notes(path.strip()):
                self.echo(f"note: {note}")

    def _run(self, runner: Runner, iterations: int) -> tuple[list[float], float]:
        """Return the sums of all scores and of the loss."""
        total, loss = torch.zeros(()), torch.zeros(())
        for i in range(iterations):
            blobs = runner.run()
            scores = runner.scores(blobs)
            total, loss = total + scores, loss + runner.loss(blobs)
            for blob, value in zip(runner.score_names, scores.tolist(), strict=True):
                self._say("caffe.cpp:304", f"Batch {i}, {blob} = {number(value)}")
        return total.tolist(), loss.item()

    def _report(self, runner: Runner, sums: list[float], loss: float, iterations: int) -> None:
        self._say("caffe.cpp:309", f"Loss: {number(f32(loss / iterations))}")
        for blob, value in zip(runner.score_names, sums, strict=True):
            mean, weight = f32(value / iterations), runner.graph.loss_weights.get(blob, 0.0)
            self._say("caffe.cpp:321", f"{blob} = {number(mean)}{weighted(mean, f32(weight))}")

    def _say(self, place: str, text: str) -> None:
        self.log(place, text)
        self.echo(text)


def chosen_nets(
    path: str, level: int, stages: tuple[str, ...], iterations: int | None
) -> list[tuple[Chosen, int]]:
    """Return the nets that a file asks to test, each with its number of batches.

    A net is run in its TEST phase for 50 batches; a solver names its test nets and test_iter.

    Raises: SolverError if a solver has no test nets.
    """
    if not is_solver(path):
        chosen = chosen_net(path, "TEST", level, stages)
        return [(chosen, iterations or DEFAULT_ITERATIONS)]
    solver = upgrade.read_solver(path)
    tests = choose(solver)[1]
    if not tests:
        raise SolverError(
            "the solver has no test nets",
            span=solver.span("test_iter"),
            hint="write test_iter and test_interval, or name the net itself",
        )
    counts = solver.message.test_iter
    return [(test, iterations or count) for test, count in zip(tests, counts, strict=True)]


def chosen_net(path: str, phase: str, level: int, stages: tuple[str, ...]) -> Chosen:
    """Return the net of a file in the state that the flags ask for; a solver's is its train net."""
    if is_solver(path):
        return choose(upgrade.read_solver(path))[0]
    net = upgrade.read_net(path).filled()
    return Chosen(net, net_state(net, phase, level, stages), path)


def is_solver(path: str) -> bool:
    """Say whether a file is a solver rather than a net. Raises: SolverError if it is not there."""
    if not Path(path).is_file():
        raise SolverError(f"there is no file {path}", hint="name a solver or a net")
    return Files({}).is_solver(path)
