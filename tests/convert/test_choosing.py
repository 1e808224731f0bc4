"""Engines compute what the net computes, or are not used; the fastest is remembered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from caffe2torch.commands._options import ENGINES as OFFERED
from caffe2torch.convert import choosing
from caffe2torch.convert.choosing import AUTO, ENGINES, TORCH, check_engine, choose
from caffe2torch.convert.loading import load
from caffe2torch.convert.runtimes import Run, onnxruntime
from caffe2torch.errors import UnsupportedError
from caffe2torch.format.upgrade import parse_net

pytest.importorskip("onnxruntime", reason="the package onnxruntime is not installed")

NET = """
input: "data" input_shape { dim: 1 dim: 2 dim: 5 dim: 5 }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param { num_output: 3 kernel_size: 3 weight_filler { type: "msra" } } }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "ip" type: "InnerProduct" bottom: "conv" top: "ip"
  inner_product_param { num_output: 4 weight_filler { type: "xavier" } } }
"""
DETECTOR = """
input: "loc" input_shape { dim: 1 dim: 8 }
input: "conf" input_shape { dim: 1 dim: 4 }
input: "prior" input_shape { dim: 1 dim: 2 dim: 8 }
layer { name: "out" type: "DetectionOutput" bottom: "loc" bottom: "conf" bottom: "prior" top: "out"
  detection_output_param { num_classes: 2 keep_top_k: 5 confidence_threshold: 0.5
    nms_param { nms_threshold: 0.4 } } }
"""


def net_of(text: str) -> nn.Module:
    return load(parse_net(text), seed=3)


@pytest.fixture
def net() -> nn.Module:
    return net_of(NET)


def test_the_command_offers_what_there_is() -> None:
    assert OFFERED == ENGINES


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("names", [["ip"], ["conv"], ["ip", "conv"]])
def test_an_engine_gives_the_blobs_of_the_net(net: nn.Module, names: list[str], batch: int) -> None:
    first = {"data": torch.randn(batch, 2, 5, 5)}
    choice = choose(net, names, first, "onnxruntime")
    assert (choice.engine, choice.refused) == ("onnxruntime", ())
    other = {"data": torch.randn(batch, 2, 5, 5)}
    own = choose(net, names, first, TORCH).compute(other)
    blobs = choice.compute(other)
    assert list(blobs) == names
    for name in names:
        torch.testing.assert_close(blobs[name], own[name], rtol=1e-5, atol=1e-6)


def test_a_choice_is_remembered_and_asked_for_again(
    net: nn.Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = {"data": torch.randn(1, 2, 5, 5)}
    chosen = choose(net, ["ip"], first, AUTO).engine
    (kept,) = tmp_path.rglob("*.json")
    seconds = json.loads(kept.read_text())["seconds"]
    assert chosen == min(seconds, key=lambda name: seconds[name])
    kept.write_text(json.dumps({"engine": TORCH}))
    assert choose(net, ["ip"], first, AUTO).engine == TORCH
    kept.write_text("no JSON")
    assert choose(net, ["ip"], first, AUTO).engine in seconds


def test_an_engine_that_computes_something_else_is_not_used(
    net: nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = onnxruntime.load

    def shifted(model: bytes) -> Run:
        run = honest(model)
        return lambda given: [value + 1e-3 for value in run(given)]

    monkeypatch.setattr(onnxruntime, "load", shifted)
    choice = choose(net, ["ip"], {"data": torch.randn(1, 2, 5, 5)}, "onnxruntime")
    assert choice.engine == TORCH
    (line,) = choice.refused
    assert line.startswith("ONNX Runtime is not used: it differs from the net by")


def test_an_engine_that_fails_is_not_used(net: nn.Module, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(model: bytes) -> Any:
        raise RuntimeError("no kernel\nmore")

    monkeypatch.setattr(onnxruntime, "load", broken)
    choice = choose(net, ["ip"], {"data": torch.randn(1, 2, 5, 5)}, "onnxruntime")
    assert (choice.engine, choice.refused) == (TORCH, ("ONNX Runtime is not used: no kernel",))


def detections(scores: list[float]) -> Mapping[str, Tensor]:
    prior = torch.tensor([[[0.1, 0.1, 0.3, 0.3, 0.5, 0.5, 0.9, 0.9], [0.1] * 8]])
    return {"loc": torch.zeros(1, 8), "conf": torch.tensor([scores]), "prior": prior}


@pytest.mark.parametrize("scores", [[0.1, 0.9, 0.2, 0.8], [0.1, 0.9, 0.9, 0.1], [0.9, 0.1] * 2])
def test_tables_of_detections_have_the_rows_that_caffe_gives(scores: list[float]) -> None:
    net = net_of(DETECTOR)
    choice = choose(net, ["out"], detections([0.1, 0.9, 0.2, 0.8]), "onnxruntime")
    assert choice.engine == "onnxruntime"
    own = choose(net, ["out"], detections(scores), TORCH).compute(detections(scores))["out"]
    torch.testing.assert_close(choice.compute(detections(scores))["out"], own)


def test_engines_that_are_not_there_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnsupportedError, match='no engine "tensorrt"'):
        check_engine("tensorrt")
    monkeypatch.setattr(choosing, "installed", lambda engine: False)
    with pytest.raises(UnsupportedError, match="OpenVINO is not installed"):
        check_engine("openvino")
