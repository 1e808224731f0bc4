"""`c2t test`: what trained weights score, batch by batch and on average.

Source: Caffe tools/caffe.cpp, test
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import nn

from caffe2torch.config.files import Files
from caffe2torch.config.nets import NetUse
from caffe2torch.config.policies.base import f32
from caffe2torch.config.project import Project
from caffe2torch.data.paths import resolve
from caffe2torch.errors import SolverError
from caffe2torch.graph import build_graph
from caffe2torch.graph.filtering import net_state
from caffe2torch.module.options import Options
from caffe2torch.module.runner import Runner
from caffe2torch.module.trained import copy_trained
from caffe2torch.terminal import note
from caffe2torch.train.log import Log, number, weighted
from caffe2torch.train.net_log import log_net
from caffe2torch.train.sums import Sums, numbered
from caffe2torch.weights import read_weights

DEFAULT_ITERATIONS = 50


@dataclass(frozen=True)
class Means:
    """What a test net scored on average.

    net:        the file and field that the net comes from
    iterations: batches
    loss:       of all losses with their weights
    scores:     blob -> mean; blob[i] for each value of a blob of several
    """

    net: str
    iterations: int
    loss: float
    scores: dict[str, float]


@dataclass
class Scorer:
    """Runs test nets on trained weights.

    weights:  paths of trained weights, comma separated
    echo:     prints a line for the user
    optimize: wraps each net, with its weights, in what computes in its place; None for the net
    """

    weights: str
    options: Options
    log: Log
    echo: Callable[[str], None]
    base: str = field(default="")
    optimize: Callable[[nn.Module], nn.Module] | None = None

    @torch.no_grad()
    def test(self, chosen: NetUse, iterations: int) -> Means:
        """Run `iterations` batches of a net; print every score of every batch, and the means."""
        graph = build_graph(chosen.net, chosen.state)
        log_net(graph, self.log)
        runner = Runner(graph, self.options)
        runner.log_to(self.log)
        try:
            self._load(runner)
            if self.optimize:
                runner.use(self.optimize(runner.net))
            for text in runner.notes:
                note(text)
            self.log("caffe.cpp:281", f"Running for {iterations} iterations.")
            sums, loss = self._run(runner, iterations)
            self._report(runner, sums, loss, iterations)
        finally:
            runner.close()
        means = [f32(value / iterations) for value in sums.values.tolist()]
        scores = dict(zip(numbered(sums.names), means, strict=True))
        return Means(chosen.origin, iterations, f32(loss / iterations), scores)

    def _load(self, runner: Runner) -> None:
        for path in self.weights.split(","):
            weights = read_weights(resolve(path.strip(), self.base, bare=False))
            copied = copy_trained(runner.net, weights, self.log, self.options.ignore_shape_mismatch)
            for text in copied.notes(path.strip()):
                note(text)

    def _run(self, runner: Runner, iterations: int) -> tuple[Sums, float]:
        """Return the sums of all scores and of the loss."""
        sums, loss = Sums(note), torch.zeros(())
        for i in range(iterations):
            blobs = runner.run()
            scores = runner.scores(blobs)
            sums.add(scores, runner.score_names)
            loss = loss + runner.loss(blobs)
            for blob, value in zip(runner.score_names, scores.tolist(), strict=True):
                self._say("caffe.cpp:304", f"Batch {i}, {blob} = {number(value)}")
        return sums, loss.item()

    def _report(self, runner: Runner, sums: Sums, loss: float, iterations: int) -> None:
        self._say("caffe.cpp:309", f"Loss: {number(f32(loss / iterations))}")
        for blob, value in zip(sums.names, sums.values.tolist(), strict=True):
            mean, weight = f32(value / iterations), runner.graph.loss_weights.get(blob, 0.0)
            self._say("caffe.cpp:321", f"{blob} = {number(mean)}{weighted(mean, f32(weight))}")

    def _say(self, place: str, text: str) -> None:
        self.log(place, text)
        self.echo(text)


def nets_to_test(
    path: str, level: int, stages: tuple[str, ...], iterations: int | None
) -> tuple[list[tuple[NetUse, int]], list[str]]:
    """Return the nets that a file asks to test, each with its number of batches, and notes.

    A net is run in its TEST phase for 50 batches; a solver names its test nets and test_iter.

    Raises: C2TError for what cannot be read; SolverError for what Caffe refuses of a solver, or if
    it has no test nets.
    """
    project = Project(path, Files(strict=True))
    if not project.is_solver:
        use = net_in_state(project, "TEST", level, stages)
        return [(use, iterations or DEFAULT_ITERATIONS)], project.notes(use)
    project.refuse()
    if not project.tests:
        raise SolverError(
            "the solver has no test nets",
            span=project.span("test_iter"),
            hint="write test_iter and test_interval, or name the net itself",
        )
    counts = project.param.test_iter
    pairs = [(use, iterations or n) for use, n in zip(project.tests, counts, strict=True)]
    return pairs, project.notes(*project.tests)


def net_to_time(
    path: str, phase: str, level: int, stages: tuple[str, ...]
) -> tuple[NetUse, list[str]]:
    """Return the net of a file in the state that the flags ask for, and notes.

    A solver's is its train net. Raises: C2TError for what cannot be read or Caffe refuses.
    """
    project = Project(path, Files(strict=True))
    if project.is_solver:
        project.refuse()
        return project.train, project.notes(project.train)
    use = net_in_state(project, phase, level, stages)
    return use, project.notes(use)


def net_in_state(project: Project, phase: str, level: int, stages: tuple[str, ...]) -> NetUse:
    """Return the net of a project that has no solver, in the state that the flags ask for."""
    net = project.files.net(project.file)
    return NetUse(net, net_state(net, phase, level, stages), project.files, origin=project.file)
