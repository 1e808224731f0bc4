"""Models as a whole: names of values, memory that blobs share, sizes of files, odd names."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from caffe2torch.convert.onnx.model import onnx_model
from caffe2torch.convert.onnx.options import Options
from caffe2torch.convert.runtimes import installed, registry
from caffe2torch.engines.check import check
from caffe2torch.errors import UnsupportedError
from tests.convert.one_net import converted
from tests.engines.families import CHAIN_OF_MAPS, conv, layer, source

onnx = pytest.importorskip("onnx", reason="the package onnx is not installed")


def equal_in_onnxruntime(model: Any, conversion: Any) -> bool:
    engine = registry.find("onnxruntime")
    if not installed(engine):
        pytest.skip("onnxruntime is not installed")
    return check(model, conversion, engine).equal


def test_values_are_called_as_the_blobs_at_the_end(tmp_path: Path) -> None:
    conversion = converted(tmp_path, CHAIN_OF_MAPS, flat=True)
    model = onnx_model(conversion.graph, conversion.built)
    outputs = {node.doc_string: list(node.output) for node in model.graph.node}
    assert outputs["a"] == ["a:out"]
    assert {name: outputs[name] for name in ("ra", "b", "c", "sum", "d")} == {
        "ra": ["a"], "b": ["b"], "c": ["c"], "sum": ["sum"], "d": ["d"],
    }  # fmt: skip


@pytest.mark.parametrize("name", ["class", "conv-1", "1x1", "a:b", "é", 'q";x=1'])
def test_any_name_will_do(tmp_path: Path, name: str) -> None:
    escaped = name.replace('"', '\\"')
    conversion = converted(tmp_path, source("data", 1, 3, 4, 4) + conv(escaped, "data", 2))
    model = onnx_model(conversion.graph, conversion.built)
    assert [one.name for one in model.graph.output] == [name]
    assert equal_in_onnxruntime(model, conversion)


FLAT = source("data", 2, 3, 4, 4) + conv("a", "data", 2)
FLATTENED = layer("Flatten", "f", "a") + layer("ReLU", "r", "f", "f")
RESHAPED = layer("Reshape", "f", "a", "", "reshape_param { shape { dim: 0 dim: -1 } }")
DOUBLED = layer("Power", "out", "a", "", "power_param { scale: 2 }")
QUIET = 'layer { name: "quiet" type: "Silence" bottom: "a" }\n'
SHARED = {
    "a Flatten overwritten": FLATTENED + layer("Eltwise", "out", "a a"),
    "a Reshape overwritten": RESHAPED + layer("ReLU", "r", "f", "f") + DOUBLED,
    "an input left as it is": QUIET + layer("Power", "out", "data"),
}


@pytest.mark.parametrize("text", SHARED.values(), ids=SHARED)
def test_memory_that_blobs_share_is_overwritten_for_all(tmp_path: Path, text: str) -> None:
    conversion = converted(tmp_path, FLAT + text, flat=True)
    model = onnx_model(conversion.graph, conversion.built)
    assert equal_in_onnxruntime(model, conversion)


def test_two_layers_may_have_one_name(tmp_path: Path) -> None:
    text = source("data", 1, 3, 8, 8) + source("small", 1, 3, 4, 4)
    crop = "crop_param { axis: 2 offset: 1 }"
    text += layer("Crop", "crop", "data small", "a", crop)
    text += layer("Crop", "crop", "data small", "b", crop)
    conversion = converted(tmp_path, text, flat=True)
    model = onnx_model(conversion.graph, conversion.built)
    assert len({node.name for node in model.graph.node}) == len(model.graph.node)
    assert equal_in_onnxruntime(model, conversion)


def test_an_output_that_is_an_input_has_a_name_of_its_own(tmp_path: Path) -> None:
    text = source("data", 1, 3, 4, 4) + layer("ReLU", "r", "data", "data")
    conversion = converted(tmp_path, text, flat=True)
    model = onnx_model(conversion.graph, conversion.built)
    assert [one.name for one in model.graph.input] == ["data"]
    assert [one.name for one in model.graph.output] == ["data_out"]
    assert equal_in_onnxruntime(model, conversion)


def test_large_weights_do_not_slow_the_inference_of_shapes(tmp_path: Path) -> None:
    fields = "inner_product_param { num_output: 4096 }"
    text = source("data", 1, 4096) + layer("InnerProduct", "fc", "data", "", fields)
    conversion = converted(tmp_path, text, flat=True)
    _ = conversion.built
    start = time.process_time()
    model = onnx_model(conversion.graph, conversion.built)
    # 64 MB are copied twice, and went through shape inference, checker and back before
    assert time.process_time() - start < 1.5
    assert [d.dim_value for d in model.graph.output[0].type.tensor_type.shape.dim][1:] == [4096]


def test_a_type_without_a_form_is_written_by_torchs_exporter_alone(tmp_path: Path) -> None:
    pytest.importorskip("onnxscript", reason="the package onnxscript is not installed")
    text = source("a", 3, 4) + source("b", 3, 4) + layer("ReLU", "r", "a")
    text += layer("TripletLoss", "loss", "a b r")
    conversion = converted(tmp_path, text, flat=True)
    model = onnx_model(conversion.graph, conversion.built)
    assert model.opset_import[0].version == 18
    assert {node.doc_string for node in model.graph.node} >= {"loss"}
    assert equal_in_onnxruntime(model, conversion)


def test_an_opset_that_is_not_written_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="opset 10 is not written"):
        Options(opset=10)
