"""Blobs are read as classes, boxes or masks by what makes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from caffe2torch.format.upgrade import read_net
from caffe2torch.graph import build_graph
from caffe2torch.graph.model import Graph
from caffe2torch.predict.answers import Answer, Boxes, Choice, Classes, Mask, Values, answer
from tests.convert.families import head, layer
from tests.predict import nets

SIZE = (100, 200)


def graph(folder: Path, text: str) -> Graph:
    path = folder / "net.prototxt"
    path.write_text(text)
    return build_graph(read_net(path), phase="TEST")


def read(folder: Path, text: str, blob: str, values: object, applies: str = "") -> Answer:
    array = np.array(values, np.float32)
    return answer(graph(folder, text), blob, array, applies, SIZE)


def test_probabilities_and_scores(tmp_path: Path) -> None:
    row = [[0.1, 0.2, 0.0, 0.4, 0.2, 0.1]]
    result = read(tmp_path, nets.CLASSES, "prob", row)
    assert isinstance(result, Classes) and result.unit == "probability"
    assert result.lines(Choice(["a", "b", "c", "d"], top=2)) == ["d: 0.4000", "b: 0.2000"]
    assert result.plain(Choice(top=1))["classes"][0] == {
        "class": 3, "name": "class 3", "probability": pytest.approx(0.4),
    }  # fmt: skip
    plain = read(tmp_path, nets.CLASSES, "fc", row)
    assert isinstance(plain, Classes) and plain.unit == "score"


def test_the_softmax_of_a_loss_is_applied(tmp_path: Path) -> None:
    result = read(tmp_path, nets.CLASSES, "fc", [[0, np.log(3), 0, 0, 0, 0]], "Softmax")
    assert isinstance(result, Classes) and result.unit == "probability"
    np.testing.assert_allclose(result.scores, [1 / 8, 3 / 8, *[1 / 8] * 4], rtol=1e-6)


def test_boxes_are_in_pixels_of_the_picture(tmp_path: Path) -> None:
    rows = [[[[0, 1, 0.9, 0.1, 0.2, 0.5, 0.6], [0, 3, 0.4, 0, 0, 1, 1], [-1] * 7]]]
    result = read(tmp_path, nets.BOXES, "out", rows)
    assert isinstance(result, Boxes) and len(result.boxes) == 2
    assert result.lines(Choice(["none", "cat"])) == ["cat: 0.9000  20 20 100 60"]
    assert result.lines(Choice(threshold=0.95)) == ["no box of 2 has a score of 0.95"]
    (box,) = result.plain(Choice())["boxes"]
    assert [round(box[k]) for k in ("xmin", "ymin", "xmax", "ymax")] == [20, 20, 100, 60]


def test_scores_of_every_pixel_are_a_mask(tmp_path: Path) -> None:
    values = np.zeros((1, 4, 32, 32))
    values[:, 1, :8] = 1
    values[:, 2, 8:] = 1
    result = read(tmp_path, nets.PIXELS, "prob", values)
    assert isinstance(result, Mask)
    assert result.shares() == [(2, 0.75), (1, 0.25)]
    assert result.lines(Choice()) == [
        "class 2: 75.0% of the pixels",
        "class 1: 25.0% of the pixels",
    ]


def test_an_argmax_is_the_mask_itself(tmp_path: Path) -> None:
    text = nets.PIXELS + layer("ArgMax", "best", "prob", "best", "argmax_param { axis: 1 }")
    result = read(tmp_path, text, "best", np.full((1, 1, 32, 32), 3))
    assert isinstance(result, Mask) and result.shares() == [(3, 1.0)]


@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_is_no_mask(tmp_path: Path, channels: int) -> None:
    text = head("net", 1, channels, 32, 32) + layer("Power", "p", "data", "p")
    result = read(tmp_path, text, "p", np.ones((1, channels, 32, 32)))
    assert isinstance(result, Values)
    assert result.lines(Choice()) == [f"(1, {channels}, 32, 32): 1 to 1, mean 1"]


def test_few_numbers_are_shown_all(tmp_path: Path) -> None:
    result = read(tmp_path, nets.CLASSES, "fc", [[1.5]])
    assert result.lines(Choice()) == ["1.5"]
    assert result.plain(Choice()) == {"kind": "values", "shape": [1, 1], "values": [1.5]}
