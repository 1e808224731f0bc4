"""The files of a snapshot: the two that Caffe writes, and a third from which we go on bit by bit.

PREFIX_iter_N.caffemodel[.h5]   the weights
PREFIX_iter_N.solverstate[.h5]  the iteration and the method's history
PREFIX_iter_N.c2tstate          what Caffe forgets: random numbers, places in the data, windows

Source: Caffe src/caffe/solver.cpp, Snapshot; src/caffe/solvers/sgd_solver.cpp,
SnapshotSolverState, RestoreSolverStateFromBinaryProto, RestoreSolverStateFromHDF5
"""

from __future__ import annotations

import io
import os
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from caffe2torch import caffe_pb2 as pb
from caffe2torch import inputs
from caffe2torch.atomic import staged, sync
from caffe2torch.errors import C2TError, SolverError, WeightsError
from caffe2torch.graph.model import Graph
from caffe2torch.module.blobs import Array, ByRef, by_layer
from caffe2torch.weights import (
    SolverState,
    pickled,
    read_solverstate,
    read_weights,
    write_caffemodel,
    write_caffemodel_h5,
    write_solverstate,
)

SIDECAR = ".c2tstate"
RANK = {"torch", "cuda", "train", "tests", "losses", "smoothed", "seen", "scaler"}
"""What a sidecar holds for each process; see snapshot.extras_of."""
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
    history: of the method, one kind after another
    averaged: the moving average of every parameter, None for none
    """

    graph: Graph
    iter: int
    current_step: int
    weights: ByRef
    history: list[Array]
    extras: Extras
    diffs: ByRef | None = None
    averaged: ByRef | None = None


def write(names: Names, snapshot: Snapshot) -> None:
    """Write the three files so that a kill at any moment leaves every older snapshot whole.

    Averaged weights, if there are any, come as a fourth. All are written aside and to the disk
    first, then renamed. The solverstate, by which a snapshot is looked for, comes last.

    Raises: WeightsError, OSError if they cannot be written.
    """
    folder = Path(names.state).parent
    with _aside(names) as aside:
        model, state, sidecar = (
            aside / Path(name).name for name in (names.model, names.state, names.sidecar)
        )
        _write_model(str(model), snapshot)
        history = SolverState(snapshot.iter, names.model, snapshot.current_step, snapshot.history)
        write_solverstate(state, history)
        sums = {path.name: checksum(path) for path in (model, state)}
        _write_sidecar(sidecar, snapshot.extras | {"files": sums})
        written = [model, sidecar, state]
        if snapshot.averaged is not None:
            written.insert(0, aside / Path(averaged_of(names.model)).name)
            averaged = replace(snapshot, weights=snapshot.averaged, diffs=None)
            _write_model(str(written[0]), averaged)
        for path in (*written[:-2], state, sidecar):
            sync(path)
        Path(names.state).unlink(missing_ok=True)
        for path in written:
            path.replace(folder / path.name)
        sync(folder)


@contextmanager
def _aside(names: Names) -> Iterator[Path]:
    """Yield a new folder beside the files, which no other process takes for a dead one's."""
    target = Path(names.state)
    with staged(target, f"{target.name.rpartition('_iter_')[0]}_iter_") as aside:
        try:
            yield aside
        except WeightsError as error:
            error.message = error.message.replace(f"{aside}/", f"{target.parent}/")
            raise
        except OSError as error:
            error.filename = names.state  # the name that the user knows
            raise


def _write_sidecar(path: Path, extras: Extras) -> None:
    """Write what Caffe forgets; torch itself names no reason when a disk is full."""
    buffer = io.BytesIO()
    torch.save(extras, buffer)
    path.write_bytes(buffer.getbuffer())


def checksum(path: Path) -> tuple[int, int]:
    """Return the size of a file in bytes, and its CRC-32."""
    size = crc = 0
    with inputs.opened(path) as file:
        while piece := file.read(1 << 20):
            size, crc = size + len(piece), zlib.crc32(piece, crc)
    return size, crc


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
    return Restored(state, model, _read_sidecar(_sidecar(Path(path), model), state))


def _sidecar(state: Path, model: str) -> Path:
    """The third file: beside the solverstate, or, where that came alone, beside the model."""
    beside = sidecar_of(state)
    if beside.is_file() or not model:
        return beside
    name = Path(model).name.removesuffix(".h5").removesuffix(".caffemodel")
    return Path(model).with_name(name + SIDECAR)


def _others(path: Path) -> str:
    others = sorted(str(p) for p in path.parent.glob("*.solverstate*") if p.is_file())
    return "there are: " + ", ".join(others) if others else "look for a .solverstate file"


def _read_sidecar(sidecar: Path, state: SolverState) -> Extras | None:
    if not sidecar.is_file():
        return None
    hint = "remove it to go on as Caffe would, from the beginning of the data"
    try:
        extras: Extras = pickled.load(sidecar)
    except OSError as error:
        raise WeightsError(f"{sidecar} cannot be read: {error.strerror}", hint=hint) from None
    except WeightsError as error:
        error.hint = hint
        raise
    if not _is_sidecar(extras):
        raise WeightsError(f"{sidecar} is not what caffe2torch writes", hint=hint)
    return extras if extras["iter"] == state.iter else None


def averaged_of(model: str) -> str:
    """Return the name of the averaged weights beside those of a snapshot."""
    return model.replace(".caffemodel", ".ema.caffemodel")


def sidecar_of(state: Path) -> Path:
    """Return the path of the third file beside a solverstate."""
    return state.with_name(state.name.removesuffix(".h5").removesuffix(".solverstate") + SIDECAR)


def _is_sidecar(extras: Any) -> bool:
    """Whether a file's content has the form of what `write` writes."""
    kinds = {"iter": int, "options": dict, "ranks": list}
    return (
        isinstance(extras, dict)
        and all(isinstance(extras.get(key), kind) for key, kind in kinds.items())
        and all(isinstance(rank, dict) and rank.keys() >= RANK for rank in extras["ranks"])
    )


def listed(prefix: str) -> list[tuple[int, str]]:
    """Return iteration and path of every solverstate of a prefix, the newest first."""
    folder, name = os.path.split(prefix)
    pattern = re.compile(re.escape(name) + r"_iter_([0-9]+)\.solverstate(\.h5)?")
    try:
        files = list(Path(folder).iterdir())
    except OSError:
        return []
    states = [(int(m[1]), str(file)) for file in files if (m := pattern.fullmatch(file.name))]
    return sorted(states, key=lambda item: (item[0], not item[1].endswith(".h5")), reverse=True)


def newest(prefixes: Iterable[str]) -> tuple[str | None, list[str]]:
    """Return the newest whole solverstate of some prefixes, None if there is none.

    The second value says which newer ones were skipped, and why.
    """
    states = sorted((item for prefix in prefixes for item in listed(prefix)), key=_iteration)
    skipped = []
    for _, path in reversed(states):
        try:
            check_whole(path)
        except (C2TError, OSError) as error:
            reason = error.message if isinstance(error, C2TError) else str(error.strerror)
            skipped.append(f"skipped {path}: {reason}")
        else:
            return path, skipped
    return None, skipped


def _iteration(item: tuple[int, str]) -> int:
    return item[0]


def check_whole(path: str) -> None:
    """Check that the files of a snapshot are there and undamaged, without a net to put them in.

    Raises: C2TError, OSError, with the reason.
    """
    restored = read(path)
    sums = (restored.extras or {}).get("files", {})
    for file in (Path(path), Path(restored.model)) if restored.model else (Path(path),):
        if file.name in sums and tuple(sums[file.name]) != checksum(file):
            raise WeightsError(f"{file} has changed since it was written: its checksum differs")
    if restored.model and Path(restored.model).name not in sums:
        read_weights(restored.model)  # Caffe's own: nothing but reading it tells


def remove(state: str) -> None:
    """Remove a snapshot; the solverstate goes first, so that no half of one is found."""
    path = Path(state)
    model = path.name.replace(".solverstate", ".caffemodel")
    for file in (path, sidecar_of(path), path.with_name(model), path.with_name(averaged_of(model))):
        file.unlink(missing_ok=True)


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
