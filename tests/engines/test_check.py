"""Nets of all families give the graph's outputs in each engine, and a fault is found by layer."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from caffe2torch.convert.onnx.model import onnx_model
from caffe2torch.convert.onnx.options import Options
from caffe2torch.engines import check as checking
from caffe2torch.engines.check import Result, check, distance, matched
from caffe2torch.engines.prefix import prefix
from caffe2torch.engines.runtimes import installed, registry
from caffe2torch.engines.table import table
from tests.convert.one_net import converted
from tests.engines.families import CHAIN_OF_MAPS, NETS

pytest.importorskip("onnx", reason="the package onnx is not installed")
ENGINES = [pytest.param(registry.find(name), id=name) for name in registry.names()]


def needed(engine: ModuleType) -> ModuleType:
    if not installed(engine):
        pytest.skip(f"{engine.PACKAGE} is not installed")
    return engine


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", NETS)
def test_each_family_is_equal_in_each_engine(tmp_path: Path, name: str, engine: ModuleType) -> None:
    conversion = converted(tmp_path, NETS[name], flat=True)
    model = onnx_model(conversion.graph, conversion.built)
    result = check(model, conversion, needed(engine))
    assert result.equal, "\n".join(table([result]))
    assert result.layer == ""


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["squeezenet", "segnet", "icnet", "lstm"])
def test_half_precision_is_near_in_each_engine(
    tmp_path: Path, name: str, engine: ModuleType
) -> None:
    conversion = converted(tmp_path, NETS[name], flat=True, onnx=Options(half=True))
    model = onnx_model(conversion.graph, conversion.built, conversion.onnx)
    result = check(model, conversion, needed(engine))
    assert result.limit == checking.HALF_LIMIT
    assert result.equal, "\n".join(table([result]))


class Faulty:
    """An engine that adds 1 to one value, or refuses models that have it."""

    TITLE, PACKAGE, MODULE = "Faulty", "faulty", "onnxruntime"

    def __init__(self, value: str, refuses: bool = False) -> None:
        self.value, self.refuses = value, refuses

    def version(self) -> str:
        return "1"

    def load(self, model: bytes) -> Any:
        import onnx
        from onnx import helper

        read = onnx.load_model_from_string(model)
        for i, node in enumerate(read.graph.node):
            if self.value in node.output:
                if self.refuses:
                    raise RuntimeError("where.cpp:1: no:\nwill not")
                node.output[:] = [f"{o}:was" if o == self.value else o for o in node.output]
                one = onnx.numpy_helper.from_array(np.float32(1), "the_one")
                read.graph.initializer.append(one)
                added = helper.make_node("Add", [f"{self.value}:was", "the_one"], [self.value])
                read.graph.node.insert(i + 1, added)
                break
        return registry.find("onnxruntime").load(read.SerializeToString())


@pytest.mark.parametrize(("value", "first"), [("a", "ra"), ("b", "b"), ("c", "c"), ("d", "d")])
@pytest.mark.parametrize("refuses", [False, True])
def test_the_first_layer_at_fault_is_named(
    tmp_path: Path, value: str, first: str, refuses: bool
) -> None:
    needed(registry.find("onnxruntime"))
    conversion = converted(tmp_path, CHAIN_OF_MAPS, flat=True)
    model = onnx_model(conversion.graph, conversion.built)
    result = check(model, conversion, Faulty(value, refuses))  # type: ignore[arg-type]
    assert not result.equal
    assert result.layer == first
    assert result.problem == ("will not" if refuses else "")
    assert (result.difference is None) == refuses


def test_distance_is_a_share_of_the_largest_value() -> None:
    a = np.array([0.5, -0.001], np.float32)
    assert distance(a, a) == 0
    assert distance(a + np.float32(0.0005), a) == pytest.approx(0.001, rel=1e-3)
    assert distance(a[:1], a) == np.inf
    assert distance(np.array([0.5, np.nan], np.float32), a) == np.inf
    nan = np.array([np.nan, 1], np.float32)
    assert distance(nan, nan) == 0
    assert distance(np.zeros(3), np.zeros(3)) == 0


def test_detections_match_in_any_order_but_not_with_other_values() -> None:
    rows = np.arange(21, dtype=np.float32).reshape(3, 7)
    turned = rows[[2, 0, 1]] + np.float32(1e-6)
    assert distance(matched(turned, rows), rows) < 1e-6
    turned[1, 3] += 1
    assert distance(matched(turned, rows), rows) == pytest.approx(1 / 20)
    assert distance(matched(rows[:2], rows), rows) == np.inf


def test_a_prefix_ends_at_a_value(tmp_path: Path) -> None:
    import onnx

    conversion = converted(tmp_path, CHAIN_OF_MAPS, flat=True)
    model = onnx_model(conversion.graph, conversion.built)
    part = onnx.load_model_from_string(prefix(model, "b"))
    assert [node.doc_string for node in part.graph.node] == ["a", "ra", "b"]
    assert {one.name for one in part.graph.initializer} == {
        "a.weight", "a.bias", "b.weight", "b.bias"
    }  # fmt: skip
    assert [one.name for one in part.graph.output] == ["b"]


def test_the_table_is_aligned_and_says_why() -> None:
    lines = table([
        Result("ONNX Runtime", "1.2", 1e-7, 3.25),
        Result("OpenCV", "5.0.0", problem="assertion failed", layer="pool5"),
    ])  # fmt: skip
    assert lines == [
        "engine        version  difference  ms   first differing layer",
        "ONNX Runtime  1.2      1.0e-07     3.2",
        "OpenCV        5.0.0    cannot run       pool5",
        "  assertion failed",
    ]
