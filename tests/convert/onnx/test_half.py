"""Float16 inside of a model: constants, casts once a value, and float32 at its ends."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx", reason="the package onnx is not installed")

import onnx

from caffe2torch.convert.onnx.half import LARGEST, halve
from caffe2torch.convert.onnx.writer import Writer

FLOAT, HALF, INT = (getattr(onnx.TensorProto, kind) for kind in ("FLOAT", "FLOAT16", "INT64"))


def written(w: Writer) -> list[tuple[str, list[str], list[str]]]:
    return [(node.op_type, list(node.input), list(node.output)) for node in w.nodes]


def test_ends_are_float32_and_each_value_is_cast_once() -> None:
    w = Writer()
    w.begin("a")
    first = w.op("Relu", "x")
    w.begin("b")
    last = w.op("Add", first, "x")
    halve(w, {"x": FLOAT, first: FLOAT, last: FLOAT}, (), [last])
    assert written(w) == [
        ("Cast", ["x"], ["x:half"]),
        ("Relu", ["x:half"], ["a:out"]),
        ("Add", ["a:out", "x:half"], ["b:out:half"]),
        ("Cast", ["b:out:half"], ["b:out"]),
    ]
    assert [node.attribute[0].i for node in w.nodes if node.op_type == "Cast"] == [HALF, FLOAT]


def test_a_layer_that_needs_its_numbers_stays_single() -> None:
    w = Writer()
    w.begin("a")
    first = w.op("Relu", "x")
    w.begin("norm")
    second = w.op("Sqrt", first)
    halve(w, {"x": FLOAT, first: FLOAT, second: FLOAT}, ("norm",), [second])
    assert written(w)[2:] == [("Cast", ["a:out"], ["a:out:single"]),
                              ("Sqrt", ["a:out:single"], ["norm:out"])]  # fmt: skip


def test_constants_are_halved_and_what_is_beyond_float16_is_its_largest() -> None:
    w = Writer()
    w.begin("a")
    big = w.constant(np.array([1e6, -1e6, 0.5], np.float32))
    out = w.op("Add", "x", big)
    halve(w, {"x": FLOAT, big: FLOAT, out: FLOAT}, (), [])
    half = w.constants[w.nodes[-1].input[1]]
    assert half.dtype == np.float16 and half.tolist() == [LARGEST, -LARGEST, 0.5]
    assert w.constants[big].dtype == np.float32  # for layers that stay single


def test_whole_numbers_and_parameters_stay_as_they_are() -> None:
    w = Writer()
    w.begin("a")
    sizes = w.op("Gather", "x", "index")
    out = w.op("Resize", sizes, "", "scales")
    halve(w, {"x": FLOAT, "index": INT, "scales": FLOAT, sizes: FLOAT, out: FLOAT}, (), [])
    gather, resize = (node for node in w.nodes if node.op_type in ("Gather", "Resize"))
    assert list(gather.input) == ["x:half", "index"]
    assert list(resize.input) == ["a:out", "", "scales"]


def test_a_cast_to_float_is_one_to_half() -> None:
    w = Writer()
    w.begin("a")
    out = w.op("Cast", "index", to=FLOAT)
    halve(w, {"index": INT, out: FLOAT}, (), [])
    assert [node.attribute[0].i for node in w.nodes] == [HALF]
