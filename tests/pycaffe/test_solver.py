"""Solvers step by step, against the update rule written out and on least squares."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from caffe2torch import pycaffe as caffe
from caffe2torch.errors import C2TError
from tests.pycaffe.solvers import SOLVER, arrays


def test_steps_follow_the_rule(solver: caffe.SGDSolver) -> None:
    net = solver.net
    x, y = net.blobs["data"].data, net.blobs["target"].data
    (w, b), vw, vb = arrays(solver), 0.0, 0.0
    for i in range(4):
        rate = np.float32(0.1 * 0.5 ** (i // 2))
        assert solver.lr == pytest.approx(rate)
        error = (x @ w.T + b - y) / 4
        solver.step(1)
        assert float(net.blobs["loss"].data) == pytest.approx(2 * (error**2).sum(), rel=1e-4)
        vw = 0.9 * vw + rate * (error.T @ x + 0.01 * w)
        vb = 0.9 * vb + 2 * rate * error.sum(0)
        w, b = w - vw, b - vb
        np.testing.assert_allclose(net.params["ip"][0].data, w, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(net.params["ip"][1].data, b, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(net.params["ip"][0].diff, vw, rtol=1e-4, atol=1e-6)
    assert solver.iter == 4


def test_weights_may_be_edited_between_steps(solver: caffe.SGDSolver) -> None:
    solver.step(1)
    solver.net.params["ip"][0].data[...] = 0
    solver.net.params["ip"][1].data[...] = 0
    solver.net.forward()
    target = solver.net.blobs["target"].data
    assert float(solver.net.blobs["loss"].data) == pytest.approx((target**2).sum() / 8, rel=1e-5)


def test_apply_update_takes_the_diffs_as_they_are(solver: caffe.SGDSolver) -> None:
    blob = solver.net.layers[1].blobs[0]
    blob.data[...], blob.diff[...] = 0, 1
    solver.apply_update()
    np.testing.assert_allclose(blob.data, -0.1, rtol=1e-6)
    assert solver.iter == 1


def test_callbacks_come_before_forward_and_before_the_update(solver: caffe.SGDSolver) -> None:
    seen: list[tuple[str, int, bool]] = []

    def note(what: str) -> None:
        seen.append((what, solver.iter, bool(solver.net.params["ip"][0].diff.any())))

    solver.add_callback(lambda: note("start"), lambda: note("ready"))
    solver.step(2)
    assert seen == [
        ("start", 0, False), ("ready", 0, True), ("start", 1, False), ("ready", 1, True)
    ]  # fmt: skip


def test_solve_tests_and_writes_a_snapshot(
    solver: caffe.SGDSolver, capsys: pytest.CaptureFixture[str]
) -> None:
    solver.solve()
    assert (solver.iter, Path("s_iter_5.caffemodel").is_file()) == (5, True)
    log = capsys.readouterr().err
    assert "Iteration 0, Testing net (#0)" in log
    assert "    Test net output #0: loss = " in log
    assert "Optimization Done." in log


def test_test_nets_take_over_the_weights_with_a_test(solver: caffe.SGDSolver) -> None:
    test = solver.test_nets[0]
    solver.step(1)  # iteration 0 is tested
    mine, theirs = (net.params["ip"][0].data for net in (solver.net, test))
    assert np.shares_memory(mine, theirs)


def test_the_file_chooses_the_class(solver: caffe.SGDSolver) -> None:
    for kind in ("Nesterov", "Adam", "AdaGrad", "RMSProp", "AdaDelta"):
        momentum = "0.95" if kind == "AdaDelta" else "0"
        text = SOLVER.replace("momentum: 0.9", f'momentum: {momentum} type: "{kind}"')
        Path("solver.prototxt").write_text(text)
        assert type(caffe.get_solver("solver.prototxt")).__name__ == f"{kind}Solver"


def test_a_rate_that_a_program_sets_counts(solver: caffe.SGDSolver) -> None:
    solver.param.base_lr = 0.02
    assert solver.lr == pytest.approx(0.02)


def test_what_cannot_be_is_refused(solver: caffe.SGDSolver) -> None:
    with pytest.raises(RuntimeError, match="Could not open file gone"):
        caffe.SGDSolver("gone")
    with pytest.raises(RuntimeError, match="Could not open file gone"):
        solver.restore("gone")
    Path("solver.prototxt").write_text(SOLVER.replace("net:", "train_net:"))
    with pytest.raises(C2TError, match="test_iter"):
        caffe.get_solver("solver.prototxt")
