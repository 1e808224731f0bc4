"""solvers/: whole training runs, resumed runs, snapshots and logs against real Caffe's."""

from __future__ import annotations

import io
import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from caffe2torch.format.upgrade import read_solver
from caffe2torch.module.blobs import graph_of, tensors, to_caffe
from caffe2torch.module.trained import copy_trained
from caffe2torch.train.log import Log
from caffe2torch.train.solver import Solver
from caffe2torch.train.state import RunState
from caffe2torch.train.watch import StepRecord, Watcher
from caffe2torch.weights import read_solverstate, read_structure, read_weights
from tools.golden.outcome import Array, Outcome, load, reported

NUMBER = r"([-+.\w]+)"
# What a log line says -> the event that the records hold; groups are its values.
EVENTS = [
    ("loss", rf"Iteration (\d+) \(.*\), loss = {NUMBER}"),
    ("final_loss", rf"Iteration (\d+), loss = {NUMBER}"),
    ("lr", rf"Iteration (\d+), lr = {NUMBER}"),
    ("test", r"Iteration (\d+), Testing net \(#(\d+)\)"),
    ("test_loss", rf"Test loss: {NUMBER}"),
    ("clip", rf"Gradient clipping: .*norm {NUMBER} > {NUMBER}\) by scale factor {NUMBER}"),
    ("multistep", r"MultiStep Status: Iteration (\d+), step = (\d+)"),
    ("snapshot", r"Snapshotting to \w+ (?:proto )?file (\S+)"),
    ("done", r"Optimization Done\."),
]
OUTPUT = re.compile(
    rf"    (Train|Test) net output #(\d+): (.*?) = {NUMBER}(?: \(\* {NUMBER} = {NUMBER} loss\))?$"
)
LINE = re.compile(r"[IWEF]\d{4,8} [\d:.]+ +\d+ (\S+)\] (.*)")
LOSS, WEIGHT = 1e-3, 1e-4  # the least that the golden README allows


def check(folder: Path) -> Iterator[Outcome]:
    index = json.loads((folder / "index.json").read_text())
    for case in index["cases"]:
        yield from _case(folder, case)
    for log in index.get("logs", ()):
        from tools.golden_logs import check_log

        yield check_log(folder, log)


def _case(folder: Path, case: dict[str, Any]) -> Iterator[Outcome]:
    outcome = Outcome(case["name"])
    with reported(outcome), tempfile.TemporaryDirectory() as out:
        run = Run(folder, case["solver"], case, outcome, Path(out))
        run.initialise(case["init"])
        run.compare(case["npz"], case["record"])
        for path in case.get("snapshots", ()):
            run.compare_snapshot(path)
    yield outcome
    if "resume" in case:
        resume = case["resume"]
        outcome = Outcome(f"{case['name']}/resume")
        with reported(outcome), tempfile.TemporaryDirectory() as out:
            run = Run(folder, resume["solver"], case, outcome, Path(out))
            run.solver.restore(resume["state"])
            run.compare(resume["npz"], resume["record"])
        yield outcome


class Recorder(Watcher):
    """Keeps the loss blobs of every iteration, and the weights and gradients that are asked for."""

    def __init__(self, keys: list[str], loss_blobs: list[str]) -> None:
        self.keys, self.loss_blobs = keys, loss_blobs
        self.losses: dict[int, list[float]] = {}
        self.arrays: dict[str, Array] = {}

    def on_start(self, state: RunState) -> None:
        self.net = state.net

    def on_begin(self, iteration: int) -> None:
        self.take(self.net, f"w@{iteration}")

    def on_gradients(self, record: StepRecord) -> None:
        self.losses[record.iter] = [
            float(record.outputs[name].detach()) for name in self.loss_blobs
        ]
        self.take(self.net, f"grad@{record.iter}")

    def take(self, net: nn.Module, kind: str) -> None:
        """Keep the arrays of one kind, such as "final" or "grad@0"."""
        wanted = [key.split(":") for key in self.keys if key.startswith(f"{kind}:")]
        held = tensors(net) if wanted else {}
        for _, layer, index in wanted:
            node = graph_of(net).node(layer)
            ref = node.params[int(index)]
            value = held[id(ref.owner or ref)]
            if kind.startswith("grad"):
                grad = value.grad
                array = np.zeros(ref.shape) if grad is None else grad.numpy().reshape(ref.shape)
            else:
                array = to_caffe(node, lambda ref: held[id(ref)])[int(index)]
            self.arrays[f"{kind}:{layer}:{index}"] = array.copy()


class Run:
    """One run of a solver, and its comparison with a record."""

    def __init__(
        self, folder: Path, path: str, case: dict[str, Any], outcome: Outcome, out: Path
    ) -> None:
        self.folder, self.outcome, self.out = folder, outcome, out
        self.bounds = case.get("sensitivity", {})
        self.text = io.StringIO()
        message = read_solver(path)
        self.prefix = Path(message.message.snapshot_prefix).name
        message.message.snapshot_prefix = str(out / self.prefix)
        self.solver = Solver(message, log=Log(self.text))

    def initialise(self, weights: str) -> None:
        copy_trained(self.solver.net, read_weights(weights), Log())

    def compare(self, npz: str, record_path: str) -> None:
        reference = load(self.folder / npz)
        record = json.loads((self.folder / record_path).read_text())
        recorder = Recorder(list(reference), record["loss_blob_names"])
        self.solver.watch(recorder)
        try:
            self.solver.solve()
        finally:
            self.solver.close()
        recorder.take(self.solver.net, "final")
        self._losses(recorder, record)
        for key, value in reference.items():
            self._array(key, recorder.arrays.get(key), value)
        self._events(record["events"])
        self.outcome.require(self.solver.iter == record["iter"], f"ended at {self.solver.iter}")

    def _losses(self, recorder: Recorder, record: dict[str, Any]) -> None:
        expected = {iteration: values for iteration, *values in record["loss_blobs"]}
        if set(expected) != set(recorder.losses):
            self.outcome.problems.append(f"iterations {sorted(recorder.losses)}")
            return
        for iteration, values in expected.items():
            for name, ours, caffe in zip(
                record["loss_blob_names"], recorder.losses[iteration], values, strict=True
            ):
                self._number(f"{name} at iteration {iteration}", ours, caffe)

    def _number(self, what: str, ours: float, caffe: float, bound: float = 0.0) -> None:
        """Relative difference of a loss, rate or score against ten sensitivities or 1e-3."""
        bound = bound or max(10 * self.bounds.get("loss", 0.0), LOSS)
        if ours == caffe or (ours != ours and caffe != caffe):
            return
        error = abs(ours - caffe) / max(abs(caffe), 1e-12) / bound
        self.outcome.worst = max(self.outcome.worst, error)
        self.outcome.require(error <= 1, f"{what}: {ours:.9g}, Caffe has {caffe:.9g}")

    def _array(self, key: str, ours: Array | None, caffe: Array) -> None:
        if ours is None or ours.shape != caffe.shape:
            self.outcome.problems.append(f"{key}: {getattr(ours, 'shape', None)}, {caffe.shape}")
            return
        if key.startswith("grad"):
            self.outcome.compare(key, ours, caffe)
            return
        name = key.partition(":")[2]
        sensitivity = self.bounds.get("weights", {}).get(name, self.bounds.get("other_weights", 0))
        error = float(np.abs(ours - caffe).max()) / max(10 * sensitivity, WEIGHT)
        self.outcome.worst = max(self.outcome.worst, error)
        self.outcome.require(error <= 1, f"{key}: {error:.3g} times the allowed difference")

    def _events(self, expected: list[list[Any]]) -> None:
        found = events(self.text.getvalue())
        if [event[0] for event in found] != [event[0] for event in expected]:
            self.outcome.problems.append(f"events {[e[0] for e in found][:40]}")
            return
        for ours, caffe in zip(found, expected, strict=True):
            for a, b in zip(ours, caffe, strict=True):
                if caffe[0] == "snapshot":
                    good = Path(str(a)).name == Path(str(b)).name or a == b
                    self.outcome.require(good, f"{ours} instead of {caffe}")
                elif isinstance(b, float):
                    self._number(str(caffe), float(a), b, self._event_bound(caffe[0]))
                else:
                    self._number(str(caffe), a, b) if isinstance(a, float) else (
                        self.outcome.require(a == b, f"{ours} instead of {caffe}")
                    )

    def _event_bound(self, event: str) -> float:
        """A rate has only its rounding to 6 digits, a score also the losses' bound.

        A test reads the statistics of BatchNorm: where Caffe's own are chaotic (`weights` of the
        sensitivity), so are its scores.
        """
        if event == "lr":
            return 2e-6
        chaos = max(self.bounds.get("weights", {}).values(), default=0.0)
        return max(10 * self.bounds.get("loss", 0.0), LOSS, chaos * (event == "test_output"))

    def compare_snapshot(self, path: str) -> None:
        """A file that Caffe wrote against ours of the same name."""
        mine = str(self.out / Path(path).name)
        if ".solverstate" in path:
            self._compare_state(mine, path)
            return
        ours, caffe = read_weights(mine, diffs=True), read_weights(path, diffs=True)
        self.outcome.require(list(ours) == list(caffe), f"{path}: layers {list(ours)}")
        for layer, arrays in caffe.items():
            self.outcome.require(len(ours[layer]) == len(arrays), f"{path}: {layer}")
            for i, (a, b) in enumerate(zip(ours[layer], arrays, strict=False)):
                if (a is None) != (b is None):
                    self.outcome.problems.append(f"{path}: {layer} {i} is left out on one side")
                elif b is not None:
                    self._array(f"{path}:{layer}:{i}".replace(path, "w"), a, b)
        self.outcome.require(set(ours.diffs) == set(caffe.diffs), f"{path}: diffs differ")
        for layer, diffs in caffe.diffs.items():
            for a, b in zip(ours.diffs[layer], diffs, strict=True):
                self._array(f"w:{layer}", a, b)
        if not path.endswith(".h5"):
            same = read_structure(mine).message == read_structure(path).message
            self.outcome.require(same, f"{path}: another net inside")

    def _compare_state(self, mine: str, path: str) -> None:
        ours, caffe = read_solverstate(mine), read_solverstate(path)
        for name in ("iter", "current_step"):
            a, b = getattr(ours, name), getattr(caffe, name)
            self.outcome.require(a == b, f"{path}: {name} {a} instead of {b}")
        shapes = [[np.shape(h) for h in state.history] for state in (ours, caffe)]
        self.outcome.require(shapes[0] == shapes[1], f"{path}: history {shapes[0]}")
        for i, (a, b) in enumerate(zip(ours.history, caffe.history, strict=True)):
            self._array(f"history:{i}", np.asarray(a), np.asarray(b))


def events(text: str) -> list[list[Any]]:
    """What a log says, in the form of the records."""
    found: list[list[Any]] = []
    for line in text.splitlines():
        said = LINE.match(line)
        if not said:
            continue
        output = OUTPUT.match(said[2])
        if output:
            values = [float(v) for v in output.groups()[3:] if v is not None]
            found.append([f"{output[1].lower()}_output", int(output[2]), output[3], *values])
            continue
        for name, pattern in EVENTS:
            match = re.fullmatch(pattern, said[2])
            if match:
                found.append([name, *map(_value, match.groups())])
                break
    return found


def _value(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
