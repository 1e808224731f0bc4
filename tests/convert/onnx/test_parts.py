"""A choice that rounding turns is no fault of an engine; a wrong one is."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("onnx", reason="the package onnx is not installed")

from caffe2torch.convert.onnx.model import onnx_model
from caffe2torch.convert.onnx.parts import choices, gap_of_parts
from caffe2torch.convert.onnx.trial import trial
from caffe2torch.convert.runtimes import installed, registry
from caffe2torch.engines.check import LIMIT, check
from caffe2torch.engines.table import cells
from tests.convert.one_net import converted
from tests.engines.families import CHAIN_OF_MAPS, NETS, conv, layer, source
from tests.engines.faulty import Faulty

# OpenCV, which ends its process at some models, is compared whole in test_check.py.
ENGINES = [
    pytest.param(registry.find(name), id=name)
    for name in registry.names()
    if not getattr(registry.find(name), "CRASHES", False)
]
TIES = (
    source("data", 1, 3, 4, 4)
    + conv("a", "data", 2)
    + layer("Concat", "twice", "a a")
    + layer("ArgMax", "best", "twice", "", "argmax_param { axis: 1 }")
    + layer("Power", "half", "best", "", "power_param { scale: 0.5 }")
)


def result(folder: Path, value: str, added: Any) -> Any:
    if not installed(registry.find("onnxruntime")):
        pytest.skip("onnxruntime is not installed")
    conversion = converted(folder, TIES, flat=True)
    model = onnx_model(conversion.graph, conversion.built)
    return check(model, conversion, Faulty(value, added=added))  # type: ignore[arg-type]


def test_a_choice_between_ties_may_turn(tmp_path: Path) -> None:
    one = result(tmp_path, "twice", [[[[1e-6]], [[1e-6]], [[0.0]], [[0.0]]]])
    assert one.equal and one.around == ["best"]
    assert 0 < one.difference < 1e-5
    assert cells(one)[-1] == "none, around best"


@pytest.mark.parametrize(("value", "added"), [("twice", 1.0), ("best", 1.0), ("half", 0.5)])
def test_a_fault_around_a_choice_is_one(tmp_path: Path, value: str, added: float) -> None:
    one = result(tmp_path, value, added if value != "twice" else [[[[1.0]], [[0.0]]] * 2])
    assert not one.equal
    assert one.layer == value and one.around == ()


def test_a_table_without_detections_does_not_hide_what_it_is_made_from(tmp_path: Path) -> None:
    engine = registry.find("onnxruntime")
    if not installed(engine):
        pytest.skip("onnxruntime is not installed")
    text = NETS["ssd"].replace("confidence_threshold: 0.2", "confidence_threshold: 2")
    conversion = converted(tmp_path, text, flat=True)
    model = onnx_model(conversion.graph, conversion.built)
    right = check(model, conversion, engine)
    assert right.equal and right.around == ["detections"]
    wrong = Faulty("loc", added=1.0)
    assert not check(model, conversion, wrong).equal  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["ssd", "faster", "rfcn", "yolo", "yolo2"])
def test_parts_are_equal_in_each_engine(tmp_path: Path, name: str, engine: ModuleType) -> None:
    if not installed(engine):
        pytest.skip(f"{engine.PACKAGE} is not installed")
    conversion = converted(tmp_path, NETS[name], flat=True)
    model = onnx_model(conversion.graph, conversion.built)
    inputs, _ = trial(model, conversion)
    assert len(choices(conversion.graph)) == 1
    assert gap_of_parts(model, conversion, engine.load, inputs) <= LIMIT


def test_a_net_without_choices_has_no_parts(tmp_path: Path) -> None:
    conversion = converted(tmp_path, CHAIN_OF_MAPS, flat=True)
    model = onnx_model(conversion.graph, conversion.built)
    inputs, _ = trial(model, conversion)
    engine = registry.find("onnxruntime")
    assert choices(conversion.graph) == []
    assert gap_of_parts(model, conversion, engine.load, inputs) == float("inf")
