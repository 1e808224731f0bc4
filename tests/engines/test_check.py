"""Nets of all families give the graph's outputs in each engine, and a fault is found by layer."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from caffe2torch.convert.onnx.model import onnx_model
from caffe2torch.convert.onnx.options import Options
from caffe2torch.convert.runtimes import installed, registry
from caffe2torch.engines import check as checking
from caffe2torch.engines.apart import loaded
from caffe2torch.engines.check import Result, check
from caffe2torch.engines.table import table
from caffe2torch.format.upgrade import parse_net
from caffe2torch.graph import build_graph
from caffe2torch.graph.model import Graph
from caffe2torch.module import build
from tests.convert.one_net import converted
from tests.engines import families
from tests.engines.families import CHAIN_OF_MAPS, NETS, layer, source
from tests.engines.faulty import Faulty
from tests.layers.one_layer import drawn

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


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["ssd", "yolo", "yolo2"])
def test_detections_of_any_number_of_images(tmp_path: Path, name: str, engine: ModuleType) -> None:
    conversion = converted(tmp_path, NETS[name], flat=True, onnx=Options(dynamic="batch"))
    model = onnx_model(conversion.graph, conversion.built, conversion.onnx)
    conversion.inputs = [drawn(3, *conversion.inputs[0].shape[1:])]
    result = check(model, conversion, needed(engine))
    assert result.equal, "\n".join(table([result]))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["ssd", "yolo", "yolo2"])
def test_a_picture_without_detections_is_no_fault(
    tmp_path: Path, name: str, engine: ModuleType
) -> None:
    sure = re.sub(r"confidence_threshold: [\d.]+", "confidence_threshold: 1.5", NETS[name])
    conversion = converted(tmp_path, sure, flat=True)
    model = onnx_model(conversion.graph, conversion.built)
    (rows,) = conversion.expected.values()
    assert rows[..., 1].eq(-1).all()
    result = check(model, conversion, needed(engine))
    assert result.equal, "\n".join(table([result]))
    given = {"data": conversion.inputs[0].numpy()}
    (found,) = loaded(engine, model.SerializeToString())(given)
    assert (found[..., 1:] == -1).all()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["rpn", "faster", "rfcn"])
def test_an_image_without_proposals_has_one_of_zeros(
    tmp_path: Path, name: str, engine: ModuleType
) -> None:
    conversion = converted(tmp_path, getattr(families, name.upper()), flat=True)
    model = onnx_model(conversion.graph, conversion.built)
    given = dict(zip(("data", "im_info"), conversion.inputs, strict=True))
    given["im_info"] = torch.tensor([[48.0, 64.0, 1e6]])  # each box is too small at this scale
    run = loaded(needed(engine), model.SerializeToString())
    (result,) = run({blob: value.numpy() for blob, value in given.items()})
    wanted = torch.zeros(1, 5)
    if name != "rpn":
        maps = source("rois", 1, 5) + families.RPN.partition('layer { name: "s1"')[0]
        behind = graph_of(maps + NETS[name].removeprefix(families.RPN))
        module = build.build(behind, share_with=conversion.built)
        (output,) = conversion.graph.outputs
        wanted = build.run(module, {**given, "rois": wanted}, [output])[output]
    np.testing.assert_allclose(result, wanted.detach().numpy(), rtol=1e-4, atol=1e-6)


REGIONS = {
    "ROIPooling": "roi_pooling_param { pooled_h: 7 pooled_w: 7 spatial_scale: 0.0625 }",
    "PSROIPooling": "psroi_pooling_param { output_dim: 2 group_size: 7 spatial_scale: 0.0625 }",
    "ROIAlign": "roi_pooling_param { pooled_h: 5 pooled_w: 3 spatial_scale: 0.06 pad_ratio: 0.2 }",
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", REGIONS)
def test_bins_of_regions_of_all_sizes_have_their_pixels(
    tmp_path: Path, kind: str, engine: ModuleType
) -> None:
    channels = 98 if kind == "PSROIPooling" else 3
    text = source("map", 1, channels, 20, 30) + source("rois", 60, 5)
    text += layer(kind, "pool", "map rois", "", REGIONS[kind])
    conversion = converted(tmp_path, text, flat=True)
    model = onnx_model(conversion.graph, conversion.built)
    corners = [(0, i, i // 3, i + 16 * (i % 28), 16 * (i % 19)) for i in range(60)]
    conversion.inputs = [drawn(1, channels, 20, 30), torch.tensor(corners, dtype=torch.float32)]
    result = check(model, conversion, needed(engine))
    assert result.equal, "\n".join(table([result]))


def graph_of(text: str) -> Graph:
    return build_graph(parse_net(text), phase="TEST")


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
