"""Snapshots: the two files that Caffe writes, and a third from which we go on bit by bit.

PREFIX_iter_N.caffemodel[.h5]   the weights
PREFIX_iter_N.solverstate[.h5]  the iteration and the method's history
PREFIX_iter_N.c2tstate          what Caffe forgets: random numbers, places in the data, windows

Source: Caffe src/caffe/solver.cpp, Snapshot; src/caffe/solvers/sgd_solver.cpp,
SnapshotSolverState
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from caffe2torch import caffe_pb2 as pb
from caffe2torch.graph import Graph
from caffe2torch.module.blobs import Array, ByRef, by_layer
from caffe2torch.weights import (
    SolverState,
    write_caffemodel,
    write_caffemodel_h5,
    write_solverstate,
)

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
