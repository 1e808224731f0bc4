"""How an ONNX model is told from Caffe's messages, whose first fields look alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.inspect import kind_of


@pytest.mark.parametrize("iteration", [1, 7, 20, 31, 1000])
def test_a_solver_state_is_no_model(tmp_path: Path, iteration: int) -> None:
    state = pb.SolverState(iter=iteration, learned_net="x.caffemodel", current_step=1)
    state.history.add(data=[1.0])
    (tmp_path / "s").write_bytes(state.SerializeToString())
    assert kind_of(tmp_path / "s") == "solverstate"


def test_a_record_is_no_model(tmp_path: Path) -> None:
    datum = pb.Datum(channels=8, height=2, width=2, data=bytes(32), label=1, encoded=False)
    (tmp_path / "d").write_bytes(datum.SerializeToString())
    assert kind_of(tmp_path / "d") != "onnx"
