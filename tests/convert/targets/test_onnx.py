"""The target onnx: what it says of its check, and what it cannot write."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.convert.onnx.options import Options
from caffe2torch.convert.runtimes.onnxruntime import session_of
from caffe2torch.convert.targets import onnx as target
from caffe2torch.errors import UnsupportedError
from tests.convert.families import head, ip, layer
from tests.convert.one_net import converted
from tests.engines.families import SSD

pytest.importorskip("onnxruntime", reason="the package onnxruntime is not installed")
NET = head("n", 2, 3) + ip("a", "data", 4)
DROP = layer("Dropout", "drop", "a", "a")


def test_what_is_written_was_run(tmp_path: Path) -> None:
    said = target.write(converted(tmp_path, NET, phase="TEST"), tmp_path / "n.onnx")
    assert said.endswith(" in onnxruntime")
    session = session_of(str(tmp_path / "n.onnx"))
    assert [one.name for one in session.get_outputs()] == ["a"]


def test_a_layer_that_draws_random_numbers_is_written_for_test_alone(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="draws random numbers in TRAIN"):
        target.write(converted(tmp_path, NET + DROP, phase="TRAIN"), tmp_path / "n.onnx")
    assert not (tmp_path / "n.onnx").exists()
    said = target.write(converted(tmp_path, NET + DROP, phase="TEST"), tmp_path / "n.onnx")
    assert said.endswith(" in onnxruntime")


def test_a_net_that_nothing_leaves_is_refused(tmp_path: Path) -> None:
    quiet = NET + 'layer { name: "q" type: "Silence" bottom: "a" }'
    with pytest.raises(UnsupportedError, match="nothing leaves this net") as caught:
        target.write(converted(tmp_path, quiet), tmp_path / "n.onnx")
    assert caught.value.hint is not None and "--end BLOB" in caught.value.hint
    assert not (tmp_path / "n.onnx").exists()


def test_what_is_no_model_is_said_in_one_line() -> None:
    with pytest.raises(UnsupportedError, match="onnxruntime does not take the model: ") as caught:
        session_of(b"no model")
    assert "\n" not in caught.value.message


def test_choices_that_half_precision_turns_are_no_fault(tmp_path: Path) -> None:
    conversion = converted(tmp_path, SSD, flat=True, onnx=Options(half=True))
    said = target.write(conversion, tmp_path / "n.onnx")
    assert said.startswith("each part within ")
    assert not conversion.failed
