"""The files of a snapshot: the two that Caffe writes, and a third from which we go on bit by bit.

PREFIX_iter_N.caffemodel[.h5]   the weights
PREFIX_iter_N.solverstate[.h5]  the iteration and the method's history
PREFIX_iter_N.c2tstate          what Caffe forgets: random numbers, places in the data, windows

Source: Caffe src/caffe/solver.cpp, Snapshot; src/caffe/solvers/sgd_solver.cpp,
SnapshotSolverState, RestoreSolverStateFromBinaryProto, RestoreSolverStateFromHDF5
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import SolverError, WeightsError
from caffe2torch.graph.model import Graph
from caffe2torch.module.build import Array, ByRef, by_layer
from caffe2torch.weights import (
    SolverState,
    read_solverstate,
    write_caffemodel,
    write_caffemodel_h5,
    write_solverstate,
)

SIDECAR = ".c2tstate"
Extras = dict[str, Any]
"""What the sidecar holds, in plain types and tensors."""


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


@dataclass(frozen=True)
class Snapshot:
    """What a snapshot holds.

    weights: of every parameter, in Caffe's shapes
    diffs:   the last update of every parameter, None unless snapshot_diff asks for it
    history: of the method, slot after slot
    """

    graph: Graph
    iter: int
    current_step: int
    weights: ByRef
    history: list[Array]
    extras: Extras
    diffs: ByRef | None = None


def write(names: Names, snapshot: Snapshot) -> None:
    """Write the three files so that a kill at any moment leaves every older snapshot whole.

    All are written aside first. The solverstate, by which a snapshot is found, comes last.

    Raises: WeightsError, OSError if they cannot be written.
    """
    with _aside(names) as aside:
        _write_model(str(aside / Path(names.model).name), snapshot)
        torch.save(snapshot.extras, aside / Path(names.sidecar).name)
        state = SolverState(snapshot.iter, names.model, snapshot.current_step, snapshot.history)
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


def _write_model(path: str, snapshot: Snapshot) -> None:
    graph, weights, diffs = snapshot.graph, snapshot.weights, snapshot.diffs
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
    """Return the net as Caffe describes it in a caffemodel: as it ran, with weights of losses."""
    net = pb.NetParameter(name=graph.name, layer=graph.filtered.layer)
    for layer, node in zip(net.layer, graph.nodes, strict=True):
        if node.layer.loss and not layer.loss_weight:
            layer.loss_weight.extend(node.loss_weights)
    return net


@dataclass
class Restored:
    """A solverstate, the path of its model, "" for none, and the sidecar if there is one."""

    state: SolverState
    model: str
    extras: Extras | None


def read(path: str) -> Restored:
    """Read a solverstate, Caffe's or ours; its model is also looked for beside it.

    Raises: SolverError if there is no such file; WeightsError if one is damaged.
    """
    if not Path(path).is_file():
        raise SolverError(f"there is no snapshot {path}", hint=_others(Path(path)))
    state = read_solverstate(path)
    model = state.learned_net
    if model and not Path(model).is_file():
        beside = Path(path).with_name(Path(model).name)  # folders get moved
        if not beside.is_file():
            raise WeightsError(
                f"{path} belongs to the weights {model}, which are gone",
                hint=f"put {Path(model).name} beside it",
            )
        model = str(beside)
    return Restored(state, model, _read_sidecar(Path(path), state))


def _others(path: Path) -> str:
    others = sorted(str(p) for p in path.parent.glob("*.solverstate*"))
    return "there are: " + ", ".join(others) if others else "look for a .solverstate file"


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
    states: dict[int, Path] = {}
    for path in Path(prefix).parent.glob(f"{Path(prefix).name}_iter_*.solverstate*"):
        stem = path.name.removesuffix(".h5").removesuffix(".solverstate")
        number = stem.rpartition("_iter_")[2]
        if number.isdigit():
            states[int(number)] = path
    return str(states[max(states)]) if states else None


def check_history(
    path: str, state: SolverState, shapes: list[tuple[int, ...]], method: str
) -> None:
    """Check that the history has the blobs that a method keeps; Caffe checks only their number.

    Raises: WeightsError naming both counts, or both shapes.
    """
    given = [np.shape(array) for array in state.history]
    if len(given) != len(shapes):
        raise WeightsError(
            f"{path} holds {len(given)} history blobs, {method} on this net keeps {len(shapes)}",
            hint="resume with the net and the solver type that wrote it",
        )
    for i, shape in enumerate(shapes):
        if np.prod(given[i], dtype=int) != np.prod(shape, dtype=int):
            raise WeightsError(
                f"{path}: history blob {i} has shape {given[i]}, its parameter {shape}",
                hint="resume with the net that wrote it, or start from the weights: --weights",
            )
