"""ONNX models observed: the last result of each layer, whoever wrote the model."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from caffe2torch.convert.observers import observe
from caffe2torch.convert.observers import onnx as observer
from caffe2torch.convert.targets import onnx as target
from tests.convert.families import head, ip, relu
from tests.convert.one_net import converted

pytest.importorskip("onnxruntime", reason="the package onnxruntime is not installed")
NET = head("n", 2, 3) + ip("a", "data", 4) + relu("r", "a") + ip("b", "a", 2)


def test_each_layer_gives_its_result(tmp_path: Path) -> None:
    subject = converted(tmp_path, NET, phase="TEST")
    target.write(subject, tmp_path / "n.onnx")
    seen = observe(tmp_path / "n.onnx", subject)
    assert {"a", "b"} <= seen.layers.keys() and list(seen.outputs) == ["b"]
    torch.testing.assert_close(seen.layers["b"][-1], seen.outputs["b"])
    assert seen.layers["a"][0].shape == (2, 4)


def model(*nodes: tuple[str, str, str]) -> Any:
    """Operators of (output, layer, scopes as torch's exporter writes them)."""
    made = [
        SimpleNamespace(
            output=[output] if output else [], doc_string=layer,
            metadata_props=[SimpleNamespace(key=observer.SCOPES, value=scopes)] if scopes else [],
        )
        for output, layer, scopes in nodes
    ]  # fmt: skip
    return SimpleNamespace(graph=SimpleNamespace(node=made))


@pytest.mark.parametrize(
    ("nodes", "results"),
    [
        ([("x", "a", ""), ("y", "a", ""), ("z", "b", "")], {"y": "a", "z": "b"}),
        ([("x", "a", ""), ("y", "b", ""), ("z", "a", "")], {"x": "a", "y": "b", "z": "a"}),
        ([("x", "", "['', 'block.conv', 'conv2d']")], {"x": "block.conv"}),
        ([("x", "", ""), ("y", "a", "")], {"y": "a"}),  # an operator of no layer
    ],
    ids=["follow", "twice", "exporter", "none"],
)
def test_operators_that_follow_each_other_are_one_call(
    nodes: list[tuple[str, str, str]], results: dict[str, str]
) -> None:
    assert observer._last_results(model(*nodes)) == results
