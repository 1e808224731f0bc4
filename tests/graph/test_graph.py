"""Graphs whose input shapes are given anew, or are known from another phase."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.errors import ShapeError
from caffe2torch.format.upgrade import read_net
from caffe2torch.graph import build_graph
from tests.graph.nets import DATA, graph, relu


def test_a_blob_that_caffe_cannot_count_is_refused(tmp_path: Path) -> None:
    big = DATA + relu("r", "data", "r")
    with pytest.raises(ShapeError, match=r"2,147,483,649 values, and Caffe counts up to"):
        graph(tmp_path, big.replace("dim: 2", "dim: 715827883"))


def test_input_shapes_can_be_given_anew(tmp_path: Path) -> None:
    found = graph(tmp_path, DATA + relu("r", "data", "r"), input_shapes={"data": (7, 3)})
    assert found.shapes["r"] == (7, 3)


def test_another_phase_says_the_size_of_missing_data(tmp_path: Path) -> None:
    text = (
        'layer { name: "d" type: "Data" top: "data" top: "label" include { phase: TRAIN } '
        'data_param { source: "gone" batch_size: 8 } }\n'
        'layer { name: "m" type: "MemoryData" top: "data" top: "label" include { phase: TEST } '
        "memory_data_param { batch_size: 2 channels: 54 height: 1 width: 1 } }\n"
    )
    file = tmp_path / "net.prototxt"
    file.write_text(text, encoding="utf-8")
    found = build_graph(read_net(str(file)), phase="TRAIN", assume=True)
    assert found.shapes == {"data": (8, 54, 1, 1), "label": (8,)}
