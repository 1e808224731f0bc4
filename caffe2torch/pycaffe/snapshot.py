"""Snapshots of a pycaffe solver, in Caffe's two files.

Source: Caffe src/caffe/solver.cpp (Snapshot, SnapshotToBinaryProto, SnapshotToHDF5, Restore);
src/caffe/solvers/sgd_solver.cpp (SnapshotSolverState)
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from caffe2torch.errors import SolverError, WeightsError
from caffe2torch.pycaffe.files import check_file
from caffe2torch.pycaffe.weights import copy_weights, save_weights, save_weights_hdf5
from caffe2torch.weights import SolverState, read_solverstate, write_solverstate

if TYPE_CHECKING:
    from caffe2torch import caffe_pb2 as pb
    from caffe2torch.pycaffe.assembly import Assembly
    from caffe2torch.pycaffe.updating import Updater


def write_snapshot(
    param: pb.SolverParameter, iteration: int, net: Assembly, updater: Updater
) -> tuple[str, str]:
    """Write PREFIX_iter_N.caffemodel and .solverstate, both with .h5 if HDF5 is asked for.

    Returns the names of both. Raises: WeightsError if they cannot be written.
    """
    hdf5 = param.snapshot_format == param.HDF5
    stem, end = f"{param.snapshot_prefix}_iter_{iteration}", ".h5" if hdf5 else ""
    model, state = f"{stem}.caffemodel{end}", f"{stem}.solverstate{end}"
    (save_weights_hdf5 if hdf5 else save_weights)(net, model, param.snapshot_diff)
    current_step = updater.policy.current_step
    write_solverstate(state, SolverState(iteration, model, current_step, updater.history()))
    return model, state


def read_snapshot(path: str, net: Assembly, updater: Updater) -> int:
    """Put weights and history back; return the iteration.

    Raises: RuntimeError if the file cannot be opened; WeightsError, SolverError if it does not
    fit.
    """
    check_file(path)
    state = read_solverstate(path)
    history = [np.asarray(array, np.float32) for array in state.history]
    wanted = len(updater.tensors) * len(updater.method.histories)
    if len(history) != wanted:
        raise SolverError(
            f"{path} holds {len(history)} history blobs, {updater.method.type} on this net keeps "
            f"{wanted}",
            hint="resume with the net and the solver type that wrote it",
        )
    if state.learned_net:
        copy_weights(net, _model(path, state.learned_net))
    updater.policy.current_step = state.current_step
    updater.restore(history, state.iter)
    return state.iter


def _model(path: str, name: str) -> str:
    """Return where the weights of a solverstate are; they may have moved along with it."""
    for place in (Path(name), Path(path).with_name(Path(name).name)):
        if place.is_file():
            return str(place)
    raise WeightsError(
        f"{path} belongs to the weights {name}, which are gone",
        hint=f"put {Path(name).name} beside it",
    )
