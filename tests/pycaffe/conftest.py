"""The files of a net that classifies images."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch import pycaffe as caffe
from tests.pycaffe import solvers

NET = """
layer { name: "data" type: "Input" top: "data"
  input_param { shape { dim: 3 dim: 3 dim: 4 dim: 4 } } }
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
  inner_product_param { num_output: 5 weight_filler { type: "gaussian" std: 0.005 } } }
layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" }
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    proto, weights = str(tmp_path / "net.prototxt"), str(tmp_path / "net.caffemodel")
    Path(proto).write_text(NET)
    caffe.set_random_seed(1)
    caffe.Net(proto, caffe.TEST).save(weights)
    return proto, weights


@pytest.fixture
def solver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> caffe.SGDSolver:
    """The solver of `solvers`, in a folder of its own that is the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.prototxt").write_text(solvers.NET)
    (tmp_path / "solver.prototxt").write_text(solvers.SOLVER)
    return solvers.filled(caffe.SGDSolver("solver.prototxt"))
