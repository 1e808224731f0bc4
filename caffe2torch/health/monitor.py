"""Listens to a run, and says what goes wrong in it while it happens."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from caffe2torch import caffe_pb2 as pb
from caffe2torch.graph.model import ParamRef
from caffe2torch.health import detectors
from caffe2torch.health.history import History, LayerNorms
from caffe2torch.health.inputs import channels
from caffe2torch.health.observation import Observation
from caffe2torch.health.tracing import activations, first_nonfinite
from caffe2torch.module.blobs import tensors
from caffe2torch.train.state import RunState
from caffe2torch.train.watch import ScoreRecord, StepRecord, Watcher

EVERY = {"light": 100, "full": 10}
"""Iterations between two measurements; the first ones come at 0, 1, 2, 4, 8, ... ."""


class Monitor(Watcher):
    """Asks every detector about the run on a schedule; tells each finding once.

    level:   "light" costs less than a hundredth of the time, "full" measures ten times as often
    folder:  gives the folder of events.jsonl for a solver, None for nowhere
    stop_on: codes, such as "C2T606", that end the run
    expects: code -> what the lint has predicted, for what it should look like in the run

    A fatal finding ends the run. One that the lint predicted does so, too: two independent pieces
    of evidence. `failed` says that the run cannot have learned.
    """

    def __init__(
        self,
        echo: Callable[[str], None],
        level: str = "light",
        folder: Callable[[pb.SolverParameter], Path] | None = None,
        stop_on: Iterable[str] = (),
        expects: Mapping[str, str] | None = None,
    ) -> None:
        self.echo, self.level, self.folder_of = echo, level, folder
        self.folder: Path | None = None
        self.stop_on, self.expects = frozenset(stop_on), dict(expects or {})
        self.history = History()
        self.observations: list[Observation] = []
        self.failed = False
        self._asked = ""
        self._changes = Changes()
        self._state: RunState

    def on_start(self, state: RunState) -> None:
        self._state = state
        self.history.first = state.iter
        self.history.classes = classes(state)
        self.history.images = state.train.images * state.param.iter_size
        self.folder = self.folder_of(state.param) if self.folder_of else None

    def on_gradients(self, record: StepRecord) -> None:
        self.history.losses.append(float(record.loss))
        if not math.isfinite(self.history.losses[-1]):
            self._fail(record.iter)
        elif self._due(record.iter):
            if record.iter == self.history.first:
                self.history.inputs = channels(self._state.train)
            self.history.norms[record.iter] = list(norms(self._state))
            self._changes.begin(self._state)
            self._look(record.iter)
            if not self._changes.before:
                self._tell(detectors.observe(self.history))
        elif len(self.history.losses) % 10 == 0:
            self._tell(detectors.observe(self.history))

    def on_step(self, record: StepRecord) -> None:
        if self._changes.before:
            measured = self.history.norms[record.iter]
            self.history.norms[record.iter] = self._changes.end(self._state, measured)
            self._tell(detectors.observe(self.history))

    def on_test(self, record: ScoreRecord) -> None:
        for score in record.scores:
            key = (record.net, score.blob)
            self.history.scores.setdefault(key, []).append((record.iter, score.value))
        if any(score.weight for score in record.scores):
            loss = sum(score.weight * score.value for score in record.scores)
            self.history.test_losses.setdefault(record.net, []).append((record.iter, loss))
        self._tell(detectors.observe(self.history))

    def halts(self) -> bool:
        """Whether the update that comes next would spoil the weights."""
        return self.failed

    def request(self) -> str:
        """Return "stop" once, when the run cannot go on."""
        asked, self._asked = self._asked, ""
        return asked

    def _due(self, iteration: int) -> bool:
        """Whether something is measured now."""
        done = iteration - self.history.first
        early = done & (done - 1) == 0 and done < EVERY[self.level]
        return early or done % EVERY[self.level] == 0

    def _look(self, iteration: int) -> None:
        """Measure activations, which costs a forward: seldom, unless all is to be seen."""
        done = iteration - self.history.first
        if self.level == "full" or done in (0, 100) or done % 1000 == 0:
            self.history.activations[iteration] = activations(self._state.train)

    def _fail(self, iteration: int) -> None:
        """The loss is no number: find the layer that made it."""
        where = first_nonfinite(self._state.train)
        for seen in detectors.observe(self.history):
            traced = seen
            if seen.fatal and where:
                traced = replace(seen, layer=where, evidence=f"{seen.evidence}; first made here")
            self._tell([traced])

    def _tell(self, observations: Iterable[Observation]) -> None:
        known = {(seen.code, seen.layer) for seen in self.observations}
        for seen in observations:
            if (seen.code, seen.layer) in known:
                continue
            known.add((seen.code, seen.layer))
            self.observations.append(seen)
            self.echo(seen.text)
            self._write(seen)
            self._judge(seen)

    def _judge(self, seen: Observation) -> None:
        """End the run where it cannot learn any more."""
        predicted = seen.code in self.expects
        if predicted:
            self.echo(f"  as the lint predicted: {self.expects[seen.code]}")
        if seen.fatal or predicted or seen.code in self.stop_on:
            self.failed = self.failed or seen.fatal
            self._asked = "stop"

    def _write(self, seen: Observation) -> None:
        if self.folder is not None and self.folder.is_dir():
            with (self.folder / "events.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(seen.record()) + "\n")


def classes(state: RunState) -> int:
    """The number of classes of the first loss that has some, 0 for none."""
    for node in state.train.graph.nodes:
        layer = node.layer
        if any(node.loss_weights) and layer.label_bottom is not None and layer.applies == "Softmax":
            return layer.classes(node.site)
    return 0


def norms(state: RunState) -> Iterator[LayerNorms]:
    """Root mean squares of gradients and weights, a layer each, in one pass over all of them.

    Gradients are means over iter_size batches, without the factor of automatic mixed precision.
    """
    rate = state.policy.rate(state.iter)
    chosen = weights_of(state)
    if not chosen:
        return
    weights = torch._foreach_norm([value.detach() for _, value in chosen])
    gradients = torch._foreach_norm([_grad(value) for _, value in chosen])
    sizes = torch.stack([*weights, *gradients]).tolist()
    factor = state.param.iter_size * state.scaler.get_scale()
    for i, (ref, value) in enumerate(chosen):
        root = math.sqrt(value.numel())
        gradient = sizes[len(chosen) + i] / root / factor
        yield LayerNorms(ref.layer, gradient, sizes[i] / root, rate * ref.lr_mult)


def weights_of(state: RunState) -> list[tuple[ParamRef, Tensor]]:
    """Return the first parameter of each layer that has a gradient, in the order of the net."""
    values = tensors(state.net)
    chosen = [(ref, values[id(ref)]) for ref in state.train.graph.params if id(ref) in values]
    return [(ref, value) for ref, value in chosen if ref.index == 0 and value.grad is not None]


def _grad(value: Tensor) -> Tensor:
    assert value.grad is not None
    return value.grad


class Changes:
    """Measures an update, for methods that make it of more than rate and gradient."""

    def __init__(self) -> None:
        self.before: dict[str, Tensor] = {}

    def begin(self, state: RunState) -> None:
        """Keep the weights, if the method needs it."""
        if state.optimizer.facts().adaptive:
            self.before = {ref.layer: v.detach().clone() for ref, v in weights_of(state)}

    def end(self, state: RunState, measured: list[LayerNorms]) -> list[LayerNorms]:
        """Return the norms with the change of the weights since `begin`."""
        after = {ref.layer: value.detach() for ref, value in weights_of(state)}
        changes = {
            layer: float((after[layer] - old).float().square().mean().sqrt())
            for layer, old in self.before.items()
        }
        self.before = {}
        return [replace(one, change=changes.get(one.layer, 0.0)) for one in measured]
