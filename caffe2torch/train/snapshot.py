"""Snapshots: the two files that Caffe writes, and a third from which we go on bit by bit.

PREFIX_iter_N.caffemodel[.h5]   the weights
PREFIX_iter_N.solverstate[.h5]  the iteration and the method's history
PREFIX_iter_N.c2tstate          what Caffe forgets: random numbers, places in the data, windows

Source: Caffe src/caffe/solver.cpp, Snapshot; src/caffe/solvers/sgd_solver.cpp,
SnapshotSolverState

Snapshots of a running solver: what is gathered into one, and what is put back from it.

Finds and reads a snapshot: Caffe's own or ours, in both formats.

Source: Caffe src/caffe/solvers/sgd_solver.cpp, RestoreSolverStateFromBinaryProto,
RestoreSolverStateFromHDF5
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import SolverError, WeightsError
from caffe2torch.graph.model import Graph, ParamRef
from caffe2torch.module.build import Array, ByRef, all_to_caffe, all_to_torch, by_layer, tensors
from caffe2torch.train import loop as prepare
from caffe2torch.train.display import Average
from caffe2torch.weights import (
    SolverState,
    read_solverstate,
    write_caffemodel,
    write_caffemodel_h5,
    write_solverstate,
)

if TYPE_CHECKING:
    from caffe2torch.train.loop import Solver

SIDECAR = ".c2tstate"
Extras = dict[str, Any]


@dataclass(frozen=True)
class Names:
    """The files of one snapshot; the model is named as it stands in the solverstate."""

    model: str
    state: str
    sidecar: str

    @classmethod
    def at(cls, prefix: str, iteration: int, hdf5: bool) -> Names:
        """Return the names for a prefix (SnapshotFilename)."""
        stem, end = f"{prefix}_iter_{iteration}", ".h5" if hdf5 else ""
        return cls(f"{stem}.caffemodel{end}", f"{stem}.solverstate{end}", f"{stem}{SIDECAR}")


def write(
    names: Names,
    graph: Graph,
    weights: ByRef,
    history: Sequence[Array],
    iteration: int,
    current_step: int,
    extras: Extras,
    diffs: ByRef | None = None,
) -> None:
    """Write the three files so that a kill at any moment leaves every older snapshot whole.

    All are written aside first. The solverstate, by which a snapshot is found, comes last.

    Raises: WeightsError, OSError if they cannot be written.
    """
    with _aside(names) as aside:
        _write_model(str(aside / Path(names.model).name), graph, weights, diffs)
        torch.save(extras, aside / Path(names.sidecar).name)
        state = SolverState(iteration, names.model, current_step, history)
        write_solverstate(aside / Path(names.state).name, state)
        Path(names.state).unlink(missing_ok=True)
        for name in (names.model, names.sidecar, names.state):
            (aside / Path(name).name).replace(name)


@contextmanager
def _aside(names: Names) -> Iterator[Path]:
    """Yield a folder beside the files; what an earlier process left of its own is removed."""
    target = Path(names.state)
    for left in target.parent.glob(f".{target.name}.*.part"):
        shutil.rmtree(left, ignore_errors=True)
    aside = target.with_name(f".{target.name}.{os.getpid()}.part")
    aside.mkdir()
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _write_model(path: str, graph: Graph, weights: ByRef, diffs: ByRef | None) -> None:
    if path.endswith(".h5"):
        owned: dict[str, list[Array | None]] = {
            n.name: [None if ref.owner else weights[id(ref)] for ref in n.params]
            for n in graph.nodes
        }
        changes = (
            {n.name: [diffs[id(ref)] for ref in n.params] for n in graph.nodes} if diffs else None
        )
        write_caffemodel_h5(path, owned, changes)
        return
    gradients = by_layer(graph, diffs) if diffs else None
    write_caffemodel(path, _description(graph), by_layer(graph, weights), gradients)


def _description(graph: Graph) -> pb.NetParameter:
    """Return the net as Caffe describes it in a caffemodel: as it ran, weights of losses said."""
    net = pb.NetParameter(name=graph.name, layer=graph.filtered.layer)
    for layer, node in zip(net.layer, graph.nodes, strict=True):
        if node.layer.loss and not layer.loss_weight:
            layer.loss_weight.extend(node.loss_weights)
    return net


def _all_layers(graph: Graph, arrays: ByRef) -> dict[str, list[Array]]:
    """Return the arrays of every layer, none for a layer without parameters."""
    none: dict[str, list[Array]] = {n.name: [] for n in graph.nodes}
    return none | by_layer(graph, arrays)


def save(solver: Solver) -> str:
    """Write a snapshot where snapshot_prefix says; return the path of its solverstate."""
    param = solver.param
    hdf5 = param.snapshot_format == param.HDF5
    names = Names.at(param.snapshot_prefix, solver.iter, hdf5)
    solver.display.take_losses()
    extras = solver.ranks.gather(_extras(solver))
    if not solver.ranks.first:
        return names.state
    held = tensors(solver.net)
    graph = solver.train.graph
    model, state = (474, 296) if hdf5 else (464, 284)
    kind = "HDF5 file" if hdf5 else "binary proto file"
    solver.log(f"solver.cpp:{model}", f"Snapshotting to {kind} {names.model}")
    diffs = None
    if solver.optimizer.updates is not None:
        updates = solver.optimizer.updates
        zeros = {key: torch.zeros_like(tensor) for key, tensor in held.items()}
        diffs = all_to_caffe(graph, lambda ref: updates.get(held[id(ref)], zeros[id(ref)]))
    write(
        names,
        graph,
        all_to_caffe(graph, lambda ref: held[id(ref)]),
        _history(solver),
        solver.iter,
        solver.policy.current_step,
        {"iter": solver.iter, "options": solver.options.record(), "ranks": extras},
        diffs,
    )
    text = f"Snapshotting solver state to {kind} {names.state}"
    solver.log(f"sgd_solver.cpp:{state}", text)
    return names.state


def _history(solver: Solver) -> list[np.ndarray[Any, Any]]:
    """Return the method's state in Caffe's order; what is not trained has zeros."""
    graph, held = solver.train.graph, tensors(solver.net)
    arrays = []
    for slot in solver.optimizer.slots:

        def value(ref: ParamRef, slot: str = slot) -> torch.Tensor:
            tensor = held[id(ref)]
            state = solver.optimizer.state.get(tensor, {})
            return state[slot] if slot in state else torch.zeros_like(tensor)

        blobs = all_to_caffe(graph, value)
        arrays += [blobs[id(ref)] for ref in graph.params]
    return arrays


def _extras(solver: Solver) -> dict[str, Any]:
    """Return what one process has to remember beyond Caffe's files, in plain types and tensors."""
    cuda = solver.options.device.type == "cuda"
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state(solver.options.device) if cuda else None,
        "train": solver.train.state(),
        "tests": [runner.state() for runner in solver.tests],
        "losses": list(solver.average.losses),
        "smoothed": solver.average.smoothed,
        "seen": solver.average.seen,
        "scaler": solver.scaler.state_dict(),
    }


def restore(solver: Solver, path: str) -> None:
    """Put a snapshot back, with the sidecar bit by bit, without it as Caffe does.

    Raises: SolverError, WeightsError, at what does not fit this solver's net and method.
    """
    found = read(path)
    state, graph = found.state, solver.train.graph
    shapes = [ref.shape for _ in solver.optimizer.slots for ref in graph.params]
    check_history(path, state, shapes, solver.param.type)
    if found.model:
        prepare.copy(solver, found.model, solver.train)
    solver.iter, solver.policy.current_step = state.iter, state.current_step
    if not path.endswith(".h5"):
        solver.log("sgd_solver.cpp:336", "SGDSolver: restoring history")
    _restore_history(solver, [np.asarray(array) for array in state.history])
    _restore_extras(solver, path, found.extras)


def _restore_history(solver: Solver, history: list[np.ndarray[Any, Any]]) -> None:
    graph, held = solver.train.graph, tensors(solver.net)
    count = len(graph.params)
    values = []
    for k in range(len(solver.optimizer.slots)):
        part = history[k * count : (k + 1) * count]
        arrays: ByRef = {id(ref): a for ref, a in zip(graph.params, part, strict=True)}
        values.append(all_to_torch(graph, arrays))
    known = {id(p) for group in solver.optimizer.param_groups for p in group["params"]}
    refs = [ref for ref in graph.params if id(held[id(ref)]) in known]
    solver.optimizer.restore(
        [held[id(ref)] for ref in refs],
        [slot[id(ref)] for slot in values for ref in refs],
        solver.iter,
    )


def _restore_extras(solver: Solver, path: str, extras: Extras | None) -> None:
    if extras is None or len(extras["ranks"]) != solver.ranks.world:
        why = "has no file of ours beside it" if extras is None else "was made by other processes"
        solver.note(f"{path} {why}: as in Caffe, the data begins at its first record again")
        return
    if extras["options"] != solver.options.record():
        solver.note(f"{path} was made with other options: {extras['options']}")
    mine = extras["ranks"][solver.ranks.rank]
    torch.set_rng_state(mine["torch"])
    if mine["cuda"] is not None and solver.options.device.type == "cuda":
        torch.cuda.set_rng_state(mine["cuda"], solver.options.device)
    solver.train.restore(mine["train"])
    for runner, state in zip(solver.tests, mine["tests"], strict=False):
        runner.restore(state)
    solver.carried = Average(
        solver.param.average_loss, mine["losses"], mine["smoothed"], mine["seen"]
    )
    if mine["scaler"]:
        solver.scaler.load_state_dict(mine["scaler"])


def carried_average(solver: Solver) -> Average | None:
    """Return the window of losses that a restore brought along, once."""
    carried, solver.carried = solver.carried, None
    fits = carried is not None and len(carried.losses) <= solver.param.average_loss
    return carried if fits else None


@dataclass
class Restored:
    """A solverstate, the model that it belongs to, and the sidecar if there is one."""

    state: SolverState
    model: str
    extras: Extras | None


def read(path: str) -> Restored:
    """Read a solverstate; its model is also looked for beside it, as folders get moved.

    Raises: SolverError if there is no such file; WeightsError if one is damaged.
    """
    if not Path(path).is_file():
        raise SolverError(f"there is no snapshot {path}", hint=_others(Path(path)))
    state = read_solverstate(path)
    model = state.learned_net
    if model and not Path(model).is_file():
        beside = Path(path).with_name(Path(model).name)
        if not beside.is_file():
            raise WeightsError(
                f"{path} belongs to the weights {model}, which are gone",
                hint=f"put {Path(model).name} beside it",
            )
        model = str(beside)
    return Restored(state, model, _read_sidecar(Path(path), state))


def _others(path: Path) -> str:
    found = sorted(str(p) for p in path.parent.glob("*.solverstate*"))
    return "there are: " + ", ".join(found) if found else "look for a .solverstate file"


def _read_sidecar(path: Path, state: SolverState) -> Extras | None:
    name = path.name.removesuffix(".h5").removesuffix(".solverstate") + SIDECAR
    sidecar = path.with_name(name)
    if not sidecar.is_file():
        return None
    try:
        extras: Extras = torch.load(sidecar, weights_only=True)
    except Exception as error:  # noqa: BLE001  torch raises many kinds for a damaged file
        raise WeightsError(
            f"{sidecar} cannot be read: {error}",
            hint="remove it to go on as Caffe would, from the beginning of the data",
        ) from None
    return extras if extras.get("iter") == state.iter else None


def latest(prefix: str) -> str | None:
    """Return the solverstate with the highest iteration for a prefix, if there is one."""
    found: dict[int, Path] = {}
    for path in Path(prefix).parent.glob(f"{Path(prefix).name}_iter_*.solverstate*"):
        stem = path.name.removesuffix(".h5").removesuffix(".solverstate")
        number = stem.rpartition("_iter_")[2]
        if number.isdigit():
            found[int(number)] = path
    return str(found[max(found)]) if found else None


def check_history(
    path: str, state: SolverState, shapes: list[tuple[int, ...]], method: str
) -> None:
    """Check that the history has the blobs that a method keeps; Caffe checks only their number.

    Raises: WeightsError naming both counts, or both shapes.
    """
    found = [np.shape(array) for array in state.history]
    if len(found) != len(shapes):
        raise WeightsError(
            f"{path} holds {len(found)} history blobs, {method} on this net keeps {len(shapes)}",
            hint="resume with the net and the solver type that wrote it",
        )
    for i, shape in enumerate(shapes):
        if np.prod(found[i], dtype=int) != np.prod(shape, dtype=int):
            raise WeightsError(
                f"{path}: history blob {i} has shape {found[i]}, its parameter {shape}",
                hint="resume with the net that wrote it, or start from the weights: --weights",
            )
