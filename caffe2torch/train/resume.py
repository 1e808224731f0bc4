"""Finds and reads a snapshot: Caffe's own or ours, in both formats.

Source: Caffe src/caffe/solvers/sgd_solver.cpp, RestoreSolverStateFromBinaryProto,
RestoreSolverStateFromHDF5
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from caffe2torch.errors import SolverError, WeightsError
from caffe2torch.train.snapshot import SIDECAR, Extras
from caffe2torch.weights import SolverState, read_solverstate


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
