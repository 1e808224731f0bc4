"""Snapshots of a solver: what goes on alike, and files that do not fit or are gone."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from caffe2torch import pycaffe as caffe
from caffe2torch.errors import SolverError, WeightsError
from caffe2torch.weights import read_solverstate
from tests.pycaffe.solvers import SOLVER, arrays, filled


@pytest.mark.parametrize("format_", ["BINARYPROTO", "HDF5"])
def test_a_restored_solver_goes_on_alike(solver: caffe.SGDSolver, format_: str) -> None:
    Path("solver.prototxt").write_text(f"{SOLVER} snapshot_format: {format_}")
    first = filled(caffe.SGDSolver("solver.prototxt"))
    first.step(2)
    first.snapshot()
    first.step(2)
    ending = ".h5" if format_ == "HDF5" else ""
    other = filled(caffe.SGDSolver("solver.prototxt"))
    other.restore(f"s_iter_2.solverstate{ending}")
    assert other.iter == 2
    other.step(2)
    for a, b in zip(arrays(first), arrays(other), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_state_holds_iteration_step_weights_and_history(solver: caffe.SGDSolver) -> None:
    solver.step(3)  # the rate drops at iteration 2
    velocity = [blob.diff.copy() for blob in solver.net.params["ip"]]
    solver.snapshot()
    state = read_solverstate("s_iter_3.solverstate")
    assert (state.iter, state.current_step, state.learned_net) == (3, 1, "s_iter_3.caffemodel")
    for kept, last in zip(state.history, velocity, strict=True):
        np.testing.assert_array_equal(np.ravel(kept), last.ravel())


def test_the_rate_goes_on_from_the_step_that_was_reached(solver: caffe.SGDSolver) -> None:
    text = SOLVER.replace('"step"', '"multistep"').replace("stepsize: 2", "stepvalue: [1, 2]")
    Path("solver.prototxt").write_text(text)
    first, other = (filled(caffe.SGDSolver("solver.prototxt")) for _ in range(2))
    first.step(3)
    first.snapshot()
    other.restore("s_iter_3.solverstate")
    assert other.lr == pytest.approx(0.1 * 0.5**2)


def test_the_history_of_another_method_is_refused(solver: caffe.SGDSolver) -> None:
    solver.step(1)
    solver.snapshot()
    text = SOLVER.replace("momentum: 0.9", 'momentum: 0.9 type: "Adam"')
    Path("adam.prototxt").write_text(text)
    adam = filled(caffe.get_solver("adam.prototxt"))
    before = arrays(adam)
    with pytest.raises(SolverError, match="holds 2 history blobs, Adam on this net keeps 4"):
        adam.restore("s_iter_1.solverstate")
    assert all(np.array_equal(a, b) for a, b in zip(arrays(adam), before, strict=True))


def test_weights_that_moved_along_with_their_state_are_read(solver: caffe.SGDSolver) -> None:
    solver.step(1)
    solver.snapshot()
    weights = arrays(solver)
    solver.step(1)
    Path("moved").mkdir()
    for end in ("caffemodel", "solverstate"):
        shutil.move(f"s_iter_1.{end}", f"moved/s_iter_1.{end}")
    solver.restore("moved/s_iter_1.solverstate")
    assert solver.iter == 1
    assert all(np.array_equal(a, b) for a, b in zip(arrays(solver), weights, strict=True))
    Path("moved/s_iter_1.caffemodel").unlink()
    with pytest.raises(WeightsError, match="s_iter_1.caffemodel, which are gone") as caught:
        solver.restore("moved/s_iter_1.solverstate")
    assert caught.value.hint == "put s_iter_1.caffemodel beside it"
