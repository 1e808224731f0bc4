"""Solver states: Caffe's own files byte for byte, and round trips."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch import weights
from caffe2torch.errors import WeightsError
from caffe2torch.weights import SolverState
from tests.weights.files import GOLDEN, name_of

STATES = sorted(GOLDEN.rglob("*.solverstate"))


@pytest.mark.parametrize("path", STATES, ids=name_of)
def test_solver_states_write_back_byte_for_byte(tmp_path: Path, path: Path) -> None:
    state = weights.read_solverstate(path)
    assert state.learned_net.endswith(".caffemodel")
    assert len(state.history) > 0
    weights.write_solverstate(tmp_path / "s", state)
    assert (tmp_path / "s").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("suffix", ["", ".h5"])
def test_solver_state_round_trip(tmp_path: Path, suffix: str) -> None:
    state = SolverState(7, "a ä.caffemodel", 3, [np.ones((2, 3)), np.zeros(4)])
    path = tmp_path / f"s.solverstate{suffix}"
    weights.write_solverstate(path, state)
    read = weights.read_solverstate(path)
    assert (read.iter, read.learned_net, read.current_step) == (7, "a ä.caffemodel", 3)
    for a, b in zip(read.history, state.history, strict=True):
        np.testing.assert_array_equal(a, b)


def test_what_a_state_leaves_out_is_0(tmp_path: Path) -> None:
    (tmp_path / "s").write_bytes(pb.SolverState(iter=5).SerializeToString())
    state = weights.read_solverstate(tmp_path / "s")
    assert (state.iter, state.learned_net, state.current_step) == (5, "", 0)
    assert list(state.history) == []


def test_a_state_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot be written"):
        weights.write_solverstate(tmp_path / "no" / "s", SolverState())
