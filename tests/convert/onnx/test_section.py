"""Parts of a model hold what their outputs need."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("onnx", reason="the package onnx is not installed")

from caffe2torch.convert.onnx.model import onnx_model
from caffe2torch.convert.onnx.options import Options
from caffe2torch.convert.onnx.section import section
from tests.convert.one_net import converted
from tests.engines.families import CHAIN_OF_MAPS


def test_a_section_ends_at_a_value(tmp_path: Path) -> None:
    import onnx

    conversion = converted(tmp_path, CHAIN_OF_MAPS, flat=True)
    model = onnx_model(conversion.graph, conversion.built)
    part = onnx.load_model_from_string(section(model, ["b"]))
    assert [node.doc_string for node in part.graph.node] == ["a", "ra", "b"]
    assert {one.name for one in part.graph.initializer} == {
        "a.weight", "a.bias", "b.weight", "b.bias"
    }  # fmt: skip
    assert [one.name for one in part.graph.output] == ["b"]


def test_a_section_begins_at_values(tmp_path: Path) -> None:
    import onnx

    conversion = converted(tmp_path, CHAIN_OF_MAPS, flat=True)
    model = onnx_model(conversion.graph, conversion.built)
    part = onnx.load_model_from_string(section(model, ["d", "b"], ["sum", "a"]))
    assert [node.doc_string for node in part.graph.node] == ["b", "d"]
    assert [one.name for one in part.graph.input] == ["sum", "a"]
    assert [one.name for one in part.graph.output] == ["d", "b"]
    onnx.checker.check_model(part)


def test_a_section_of_a_model_in_float16_begins_at_float32(tmp_path: Path) -> None:
    import onnx

    conversion = converted(tmp_path, CHAIN_OF_MAPS, flat=True, onnx=Options(half=True))
    model = onnx_model(conversion.graph, conversion.built, conversion.onnx)
    part = onnx.load_model_from_string(section(model, ["d"], ["sum"]))
    assert part.graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.FLOAT
    assert [node.op_type for node in part.graph.node][:2] == ["Cast", "Conv"]
    onnx.checker.check_model(part)
