"""Snapshots of a pycaffe solver, in Caffe's two files.

Source: Caffe src/caffe/solver.cpp (Snapshot, SnapshotToBinaryProto, SnapshotToHDF5, Restore);
src/caffe/solvers/sgd_solver.cpp (SnapshotSolverState)
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from caffe2torch.errors import SolverError, WeightsError
from caffe2torch.pycaffe.net import check_file
from caffe2torch.pycaffe.weights import copy_weights, save_weights, save_weights_hdf5
from caffe2torch.weights import SolverState, read_solverstate, write_solverstate

if TYPE_CHECKING:
    from caffe2torch.pycaffe.solver import Solver


def write_snapshot(solver: Solver) -> None:
    """Write PREFIX_iter_N.caffemodel and .solverstate, both with .h5 if HDF5 is asked for.

    Raises: WeightsError if they cannot be written.
    """
    param = solver.param
    hdf5 = param.snapshot_format == param.HDF5
    stem, end = f"{param.snapshot_prefix}_iter_{solver.iter}", ".h5" if hdf5 else ""
    model, state = f"{stem}.caffemodel{end}", f"{stem}.solverstate{end}"
    kind = "HDF5 file" if hdf5 else "binary proto file"
    solver._log(f"Snapshotting to {kind} {model}", 474 if hdf5 else 464)
    (save_weights_hdf5 if hdf5 else save_weights)(solver.net, model, param.snapshot_diff)
    solver._log(f"Snapshotting solver state to {kind} {state}", 284, "sgd_solver.cpp")
    updater = solver._updater
    history = updater.history()
    record = SolverState(solver.iter, model, updater.policy.current_step, history)
    write_solverstate(state, record)


def read_snapshot(solver: Solver, path: str) -> None:
    """Put weights, iteration and history back.

    Raises: RuntimeError if the file cannot be opened; WeightsError, SolverError if it does not
    fit.
    """
    check_file(path)
    state = read_solverstate(path)
    updater = solver._updater
    history = [np.asarray(array, np.float32) for array in state.history]
    wanted = len(updater.tensors) * len(updater.method.slots)
    if len(history) != wanted:
        raise SolverError(
            f"{path} holds {len(history)} history blobs, {solver.param.type} on this net keeps "
            f"{wanted}",
            hint="resume with the net and the solver type that wrote it",
        )
    if state.learned_net:
        copy_weights(solver.net, _model(path, state.learned_net))
    solver._iter = state.iter
    updater.policy.current_step = state.current_step
    updater.restore(history, state.iter)


def _model(path: str, name: str) -> str:
    """Return where the weights of a solverstate are; they may have moved along with it."""
    for place in (Path(name), Path(path).with_name(Path(name).name)):
        if place.is_file():
            return str(place)
    raise WeightsError(
        f"{path} belongs to the weights {name}, which are gone",
        hint=f"put {Path(name).name} beside it",
    )
