"""What the signal model takes for the data: measured where it is, a guess where nobody can know."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from caffe2torch.lint import engine
from caffe2torch.lint.context import Context

NET = """\
layer {
  name: "rows" type: "HDF5Data" top: "data" top: "label"
  hdf5_data_param { source: "rows.txt" batch_size: 8 }
}
layer {
  name: "score" type: "InnerProduct" bottom: "data" top: "score"
  inner_product_param { num_output: 4 weight_filler { type: "gaussian" std: 1 } }
}
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss" }
"""
SOLVER = 'net: "net.prototxt"\nbase_lr: 0.01\nlr_policy: "fixed"\nmax_iter: 100\nsolver_mode: CPU\n'


@pytest.fixture
def solver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("net.prototxt").write_text(NET)
    Path("solver.prototxt").write_text(SOLVER)
    return "solver.prototxt"


def test_rows_that_are_there_are_measured(solver: str) -> None:
    rng = np.random.default_rng(0)
    with h5py.File("rows.h5", "w") as file:
        file["data"] = (5 * rng.standard_normal((64, 3, 8, 8))).astype(np.float32)
        file["label"] = rng.integers(0, 4, 64).astype(np.float32)
    Path("rows.txt").write_text("rows.h5\n")
    main = Context(solver).signal.main
    assert main is not None
    assert not main.state.guess
    # 192 values of std 5, weights of std 1: 5·√192
    assert main.std == pytest.approx(5 * 192**0.5, rel=0.05)
    assert "C2T207" in [finding.code for finding in engine.lint_file(solver)]


def test_rows_that_are_not_there_may_hold_anything(solver: str) -> None:
    main = Context(solver).signal.main
    assert main is not None
    assert main.state.guess
    codes = {finding.code[:4] for finding in engine.lint_file(solver) if finding.severity != "info"}
    assert not codes & {"C2T2"}
