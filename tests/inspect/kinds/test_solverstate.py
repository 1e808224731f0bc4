"""A solver state: iteration, weights, history."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from caffe2torch.errors import C2TError
from caffe2torch.inspect import inspect_file
from caffe2torch.inspect.render import lines
from caffe2torch.weights import SolverState, write_solverstate
from tests.conftest import GOLDEN

SOLVERS = GOLDEN / "solvers"


def test_caffes_own_state_is_told() -> None:
    found = inspect_file(SOLVERS / "snap_adam" / "snap_iter_20.solverstate").json
    assert (found["kind"], found["iter"], found["format"]) == ("solverstate", 20, "binary")
    assert found["learned_net"] == "snap_adam/snap_iter_20.caffemodel"
    shapes = [one["shape"] for one in found["history"]]
    # Adam keeps two arrays a parameter; there are three layers with a weight and a bias.
    assert shapes == 2 * [[4, 1, 3, 3], [4], [10, 100], [10], [4, 10], [4]]


def test_hdf5_states_count_the_drops_of_the_rate() -> None:
    path = SOLVERS / "snap_multistep_hdf5" / "snap_iter_40.solverstate.h5"
    found = inspect_file(path).json
    assert (found["format"], found["iter"]) == ("HDF5", 40)
    assert found["current_step"] > 0


@pytest.mark.parametrize("suffix", ["", ".h5"])
def test_what_is_not_finite_fails(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"state{suffix}"
    write_solverstate(path, SolverState(5, "w", 1, [np.array([0, np.nan], np.float32)]))
    report = inspect_file(path)
    assert (report.kind, report.code) == ("solverstate", 1)
    assert list(lines(report))[-1] == "history 0: 1 NaN"


def test_a_state_without_history_is_one(tmp_path: Path) -> None:
    write_solverstate(tmp_path / "s", SolverState(7, "w.caffemodel", 0, []))
    assert inspect_file(tmp_path / "s").json["iter"] == 7


def test_a_state_that_is_cut_short_says_so(tmp_path: Path) -> None:
    data = (SOLVERS / "snap_adam" / "snap_iter_20.solverstate").read_bytes()
    (tmp_path / "s").write_bytes(data[:700])
    with pytest.raises(C2TError, match="no whole solverstate"):
        inspect_file(tmp_path / "s")
