"""Solver states: what a run needs, beside the weights, to go on.

Source: Caffe src/caffe/solvers/sgd_solver.cpp, SnapshotSolverState, RestoreSolverState
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from numpy.typing import ArrayLike

from caffe2torch import caffe_pb2 as pb
from caffe2torch.atomic import replacing
from caffe2torch.errors import WeightsError
from caffe2torch.format import schema, strings
from caffe2torch.weights import hdf5
from caffe2torch.weights.blob import parts, read_blob
from caffe2torch.weights.wire import BYTES, opened, signed, tag, varint

_NUMBERS = {f.name: f.number for f in pb.SolverState.DESCRIPTOR.fields}


@dataclass
class SolverState:
    """A .solverstate file.

    iter:         iterations done.
    learned_net:  path of the weights of the same moment, as it was written.
    current_step: how many stages of `multistep` are over.
    history:      the method's arrays, in the order of the learnable parameters; Adam and
                  AdaDelta append a second set.
    """

    iter: int = 0
    learned_net: str = ""
    current_step: int = 0
    history: Sequence[ArrayLike] = field(default_factory=list)


def read_solverstate(path: str | os.PathLike[str]) -> SolverState:
    """Read a .solverstate or .solverstate.h5 file. Raises: WeightsError."""
    if hdf5.is_hdf5(path):
        return SolverState(*hdf5.read_state(path))
    with opened(path, "solverstate") as wire:
        state, history = SolverState(), []
        for name, item in wire.message(pb.SolverState):
            if name == "learned_net":
                state.learned_net = strings.to_escapes(wire.text(item))
            elif name == "history":
                history.append(read_blob(wire, item.start, item.end).data)
            elif name in ("iter", "current_step"):
                setattr(state, name, signed(item.value))
    state.history = history
    return state


def write_solverstate(path: str | os.PathLike[str], state: SolverState) -> None:
    """Write a .solverstate file, in HDF5 if its name ends in .h5. Raises: WeightsError."""
    if os.fspath(path).endswith(".h5"):
        numbers = (state.iter, state.learned_net, state.current_step)
        hdf5.write_state(path, *numbers, state.history)
        return
    head = pb.SolverState(iter=state.iter, learned_net=strings.from_escapes(state.learned_net))
    step = tag(_NUMBERS["current_step"], 0) + varint(state.current_step)
    try:
        with replacing(path) as aside, aside.open("wb") as file:
            file.write(schema.serialized(head))
            for array in state.history:
                pieces = parts(array)
                size = sum(len(piece) for piece in pieces)
                file.write(tag(_NUMBERS["history"], BYTES) + varint(size))
                file.writelines(pieces)
            file.write(step)
    except OSError as error:
        raise WeightsError(f"{os.fspath(path)} cannot be written: {error.strerror}") from None
