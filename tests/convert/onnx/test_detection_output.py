"""Detections of ONNX are the graph's row for row, equal scores and odd settings included."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from caffe2torch.convert.conversion import named, run
from caffe2torch.convert.onnx.model import onnx_model
from caffe2torch.convert.onnx.options import Options
from caffe2torch.format.upgrade import parse_net
from caffe2torch.graph import build_graph
from caffe2torch.module import build
from tests.convert.one_net import converted
from tests.engines.families import SSD, layer, source
from tests.layers.one_layer import one_graph

pytest.importorskip("onnx", reason="the package onnx is not installed")

PRIORS, CLASSES = 40, 4
SETTINGS = {
    "usual": "share_location: true nms_param { nms_threshold: 0.45 top_k: 20 } keep_top_k: 15 "
    "confidence_threshold: 0.1 code_type: CENTER_SIZE",
    "few": "share_location: true nms_param { nms_threshold: 0.3 top_k: 5 } keep_top_k: 3 "
    "code_type: CENTER_SIZE",
    "corner": "share_location: true nms_param { nms_threshold: 0.45 } keep_top_k: 30 "
    "confidence_threshold: 0.3 code_type: CORNER",
    "corner size": "share_location: true nms_param { nms_threshold: 0.6 top_k: 12 } keep_top_k: 9 "
    "confidence_threshold: 0.05 code_type: CORNER_SIZE variance_encoded_in_target: true",
    "a location a class": "share_location: false nms_param { nms_threshold: 0.45 top_k: 25 } "
    "keep_top_k: 20 confidence_threshold: 0.2 code_type: CENTER_SIZE",
    "background last": "share_location: true background_label_id: 3 keep_top_k: 10 "
    "nms_param { nms_threshold: 0.5 top_k: 10 } confidence_threshold: 0.1 code_type: CENTER_SIZE",
    "nothing is sure": "share_location: true nms_param { nms_threshold: 0.45 top_k: 20 } "
    "keep_top_k: 15 confidence_threshold: 0.999 code_type: CENTER_SIZE",
    "all": "share_location: true nms_param { nms_threshold: 0.45 } keep_top_k: -1 "
    "confidence_threshold: 0.3 code_type: CENTER_SIZE",
}


def bottoms(
    seed: int, images: int, shared: bool, steps: int, spread: float = 0.5
) -> list[torch.Tensor]:
    """Locations, softmaxed confidences of few different values, and priors of one scale.

    spread: of the locations; corners that move by much more than a prior's size change places
    """
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(images, PRIORS, CLASSES, generator=generator)
    if steps:
        values = (values * steps).round() / steps  # equal scores abound
    locations = PRIORS * 4 * (1 if shared else CLASSES)
    corner = torch.rand(PRIORS, 2, generator=generator) * 0.6
    box = torch.cat((corner, corner + 0.2 + 0.2 * torch.rand(PRIORS, 2, generator=generator)), 1)
    variance = torch.tensor([0.1, 0.1, 0.2, 0.2]).repeat(PRIORS)
    return [
        torch.randn(images, locations, generator=generator) * spread,
        values.softmax(2).flatten(1),
        torch.stack((box.flatten(), variance))[None],
    ]


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("images", [1, 2])
def test_rows_are_those_of_the_graph(settings: str, images: int) -> None:
    onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    shared = "share_location: true" in settings
    text = f"detection_output_param {{ num_classes: {CLASSES} {settings} }}"
    shapes = [tuple(value.shape) for value in bottoms(0, images, shared, 0)]
    graph = one_graph("DetectionOutput", text, shapes, 1, "TEST")
    net = build.build(graph)
    model = onnx_model(graph, net)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    for seed, steps in enumerate((0, 1, 2, 4)):
        values = bottoms(seed, images, shared, steps, 4.0 if ": CORNER" in settings else 0.5)
        expected = named(graph, run(net, values))["t0"]
        given = {f"b{i}": value.numpy() for i, value in enumerate(values)}
        (table,) = session.run(None, given)
        assert table.ndim == 4 and table.shape[:2] == (1, 1) and table.shape[3] == 7
        compare(table.reshape(-1, 7), expected.reshape(-1, 7).numpy(), images)


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_a_batch_that_varies_has_caffes_rows_and_no_others(settings: str) -> None:
    onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    shared = "share_location: true" in settings
    text = (
        source("loc", 1, PRIORS * 4 * (1 if shared else CLASSES))
        + source("conf", 1, PRIORS * CLASSES)
        + source("map", 1, 1, 5, 4)
        + layer("PriorBox", "prior", "map map", "", "prior_box_param { min_size: 1 max_size: 2 }")
        + layer("DetectionOutput", "out", "loc conf prior", "",
                f"detection_output_param {{ num_classes: {CLASSES} {settings} }}")
    )  # fmt: skip
    net = build.build(build_graph(parse_net(text), phase="TEST"))
    model = onnx_model(build.graph_of(net), net, Options(dynamic="batch"))
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    for images, steps in ((1, 0), (2, 4), (3, 1)):
        values = bottoms(images, images, shared, steps, 4.0 if ": CORNER" in settings else 0.5)
        values[2] = torch.zeros(images, 1, 5, 4)
        expected = named(build.graph_of(net), run(net, values))["out"]
        given = dict(zip(("loc", "conf", "map"), (v.numpy() for v in values), strict=True))
        wanted = {one.name: given[one.name] for one in session.get_inputs()}
        (table,) = session.run(None, wanted)
        np.testing.assert_allclose(table, expected.numpy(), rtol=1e-5, atol=1e-5)


def test_the_batch_varies_only_where_it_is_asked_for(tmp_path: Path) -> None:
    conversion = converted(tmp_path, SSD, flat=True)
    sizes = {}
    for asked in (None, "batch", "none"):
        model = onnx_model(conversion.graph, conversion.built, Options(dynamic=asked))
        (one,), (table,) = model.graph.input, model.graph.output
        sizes[asked] = [
            size.dim_param or size.dim_value
            for size in (one.type.tensor_type.shape.dim[0], table.type.tensor_type.shape.dim[2])
        ]
    assert sizes[None] == sizes["none"]
    assert all(isinstance(size, int) for size in sizes[None])
    assert all(isinstance(size, str) for size in sizes["batch"])


def compare(rows: Any, expected: Any, images: int) -> None:
    """Rows that hold something are equal in order; the others are -1, as Caffe's label for none."""
    filled = rows[rows[:, 1] != -1]
    np.testing.assert_allclose(filled, expected[expected[:, 1] != -1], rtol=1e-5, atol=1e-5)
    assert (rows[rows[:, 1] == -1] == -1).all()
    assert len(rows) % images == 0
    for image, part in enumerate(np.split(rows, images)):
        count = int((part[:, 1] != -1).sum())
        assert (part[:count, 0] == image).all()
        assert (part[count:] == -1).all()


def test_the_blobs_to_cut_at_are_those_of_the_file(tmp_path: Path) -> None:
    from caffe2torch.errors import UnsupportedError

    text = SSD.replace("nms_threshold", "eta: 0.9 nms_threshold") + "".join(
        layer("ReLU", f"{blob}_again", blob) for blob in ("loc", "flat")
    )
    conversion = converted(tmp_path, text, flat=True)
    with pytest.raises(UnsupportedError) as caught:
        onnx_model(conversion.graph, conversion.built)
    assert caught.value.hint == "cut the net there: --end loc --end flat --end prior"


def test_a_shrinking_threshold_is_refused(tmp_path: Path) -> None:
    from caffe2torch.errors import UnsupportedError

    settings = "share_location: true nms_param { nms_threshold: 0.6 eta: 0.9 } keep_top_k: 9"
    text = f"detection_output_param {{ num_classes: {CLASSES} {settings} }}"
    shapes = [tuple(value.shape) for value in bottoms(0, 1, True, 0)]
    graph = one_graph("DetectionOutput", text, shapes, 1, "TEST")
    with pytest.raises(UnsupportedError, match=r'layer "l" \(DetectionOutput\).*eta 0.9') as caught:
        onnx_model(graph, build.build(graph))
    assert caught.value.hint == "cut the net there: --end b0 --end b1 --end b2"
