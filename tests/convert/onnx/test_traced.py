"""What torch's exporter wrote of one layer, spliced into a model or refused."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from torch import nn

pytest.importorskip("onnx", reason="the package onnx is not installed")

import onnx

from caffe2torch.convert.onnx import traced
from caffe2torch.convert.onnx.writer import Writer
from caffe2torch.errors import UnsupportedError


def place() -> Any:
    node = SimpleNamespace(name="my", type="Mine", bottoms=["a"])
    return SimpleNamespace(node=node, bottoms=["a:out"], shapes=[(1, 2)], tops=[(1, 2)])


def graph(*kinds: str) -> Any:
    """Operators in a chain from in0 to out0, the first with a constant, as an exporter's model."""
    names = ["in0", *(f"v{i}" for i in range(1, len(kinds))), "out0"]
    nodes = [
        onnx.helper.make_node(kind, [a, "w"] if a == "in0" else [a], [b], name=f"n_{kind}")
        for kind, a, b in zip(kinds, names[:-1], names[1:], strict=True)
    ]
    values = onnx.numpy_helper.from_array(np.ones(2, np.float32), "w")
    out = onnx.helper.make_tensor_value_info("out0", onnx.TensorProto.FLOAT, [1, 2])
    return onnx.helper.make_graph(nodes, "g", [], [out], [values])


def test_operators_get_the_names_of_the_model_and_their_layer() -> None:
    w = Writer()
    assert traced._spliced(graph("Add", "Relu"), place(), w) == ["my:out0"]
    add, relu = w.nodes
    constant = add.input[1]
    assert list(add.input) == ["a:out", constant] and constant in w.constants
    assert w.constants[constant].tolist() == [1, 1]
    assert list(relu.input) == list(add.output) == ["my:v1"]
    assert {node.doc_string for node in w.nodes} == {"my"}
    assert [node.name for node in w.nodes] == ["my:n_Add", "my:n_Relu"]


def test_two_layers_share_no_names() -> None:
    w = Writer()
    first, second = (traced._spliced(graph("Add"), place(), w) for _ in range(2))
    assert first == ["my:out0"] and second != first


@pytest.mark.parametrize(
    ("kinds", "functions"), [(("Add", "If"), ()), (("Add", "SequenceAt"), ()), (("Add",), (1,))]
)
def test_what_few_engines_have_is_refused(
    kinds: tuple[str, ...], functions: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = SimpleNamespace(graph=graph(*kinds), functions=functions)
    monkeypatch.setattr(traced, "find_spec", lambda _name: True)
    monkeypatch.setattr(traced, "_exported", lambda _x, _module: model)
    with pytest.raises(UnsupportedError, match=r'layer "my" \(Mine\): .* every engine has'):
        traced.trace(place(), Writer(), nn.Identity())


def test_without_the_exporter_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traced, "find_spec", lambda _name: None)
    with pytest.raises(UnsupportedError, match="needs the package onnxscript") as caught:
        traced.trace(place(), Writer(), nn.Identity())
    assert caught.value.hint is not None and caught.value.hint.endswith("or --end a")
