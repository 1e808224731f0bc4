"""A net answers in today's OpenCV what OpenCV 4.12's own Caffe reader answered.

`opencv4/` was written by tools/golden/opencv.py under OpenCV 4.12.0.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("onnx", reason="converting to ONNX needs the package onnx")

from caffe2torch.cv2 import Net, readNetFromCaffe
from caffe2torch.cv2.net import detections
from tests.conftest import ROOT
from tests.predict import nets

FOLDER = Path(__file__).with_name("opencv4")
ANSWERS = json.loads((FOLDER / "answers.json").read_text())
VALUES = dict(np.load(FOLDER / "values.npz"))
SHAPES = {1: (1, 3, 16, 12), 2: (2, 3, 20, 9)}


def net() -> Net:
    return readNetFromCaffe(str(FOLDER / "net.prototxt"), str(FOLDER / "net.caffemodel"))


def given(count: int) -> np.ndarray:  # type: ignore[type-arg]
    return np.random.RandomState(1).randn(*SHAPES[count]).astype(np.float32)


def close(value: object, expected: object) -> None:
    np.testing.assert_allclose(value, expected, rtol=1e-4, atol=1e-5)


def test_it_lists_its_layers_as_opencv_4_did() -> None:
    one = net()
    assert isinstance(one, cv2.dnn.Net)
    assert not one.empty()
    assert list(one.getLayerNames()) == ANSWERS["names"]
    assert list(one.getLayerTypes()) == ANSWERS["types"]
    assert one.getUnconnectedOutLayers().tolist() == ANSWERS["unconnected"]
    assert list(one.getUnconnectedOutLayersNames()) == ANSWERS["unconnected_names"]
    assert {name: one.getLayerId(name) for name in ANSWERS["ids"]} == ANSWERS["ids"]
    assert one.getLayersCount("Pooling") == 2
    assert (one.getLayer(1).name, one.getLayer(0).name) == ("conv1", "_input")
    assert one.getLayer("halves").outputNameToIndex("two") == 1


def test_every_layer_computes_what_it_computed_in_opencv_4() -> None:
    one = net()
    one.setInput(given(1))
    for name in ANSWERS["names"]:
        close(one.forward(name), VALUES[f"1/{name}"])
    close(one.forward(), VALUES["1/"])


def test_another_size_is_another_input() -> None:
    one = net()
    one.setInput(given(2))
    for name in ("conv1", "prob", "map"):
        close(one.forward(name), VALUES[f"2/{name}"])
    one.setInput(given(2), "data", 0.5, (1, 2, 3))
    close(one.forward("prob"), VALUES["scaled/prob"])


def test_several_layers_and_all_their_tops() -> None:
    one = net()
    one.setInput(given(2), "data", 0.5, (1, 2, 3))
    first, second = one.forwardAndRetrieve(["halves", "map"])
    close(first[0], VALUES["halves/0"])
    close(first[1], VALUES["halves/1"])
    assert len(second) == 1
    prob, mapped = one.forward(one.getUnconnectedOutLayersNames())
    close(prob, VALUES["scaled/prob"])
    assert mapped.shape == second[0].shape


def test_parameters_can_be_read_and_replaced() -> None:
    one = net()
    one.setInput(given(1))
    before = one.forward("fc")
    weight, bias = one.getLayer(one.getLayerId("fc")).blobs
    assert weight.shape == (4, 8)
    one.getLayer("fc").blobs = [2 * weight, 2 * bias.reshape(1, 4)]
    close(one.forward("fc"), 2 * before)
    assert np.array_equal(one.getParam("fc", 1).ravel(), 2 * bias)
    one.setParam("fc", 0, np.zeros_like(weight))
    close(one.forward("fc"), np.tile(2 * bias, (1, 1)))


def test_detections_come_first_and_zeros_stand_for_none() -> None:
    rows = np.array([[-1] * 7, [0, 1, 0.9, 0.1, 0.2, 0.5, 0.6]], np.float32)[None, None]
    assert (
        detections(rows, 3).tolist()
        == np.pad(rows[:, :, 1:], [*[(0, 0)] * 2, (0, 2), (0, 0)]).tolist()
    )
    assert detections(rows[:, :, :1], 1).tolist() == [[[[0.0] * 7]]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda one: one.forward("lost"), 'Requested layer "lost" not found'),
        (lambda one: one.setInput(given(1), "lost"), '"lost" is no input of the net: data'),
        (lambda one: one.getLayer(99), "range"),
        (lambda one: net().forward(), "setInput has not been called"),
    ],
)
def test_mistakes_are_errors_of_opencv(call: object, message: str) -> None:
    one = net()
    one.setInput(given(1))
    with pytest.raises(cv2.error, match=message):
        call(one)  # type: ignore[operator]


def test_an_input_that_the_net_refuses_is_told() -> None:
    one = net()
    one.setInput(np.zeros((1, 4, 16, 12), np.float32))
    with pytest.raises(cv2.error, match="conv1"):
        one.forward()


def test_a_picture_without_any_object_is_no_end(tmp_path: Path) -> None:
    prototxt, weights = nets.saved(tmp_path, nets.BOXES.replace("-100", "1000"))
    program = (
        "import sys, numpy as np\n"
        "from caffe2torch.cv2 import readNetFromCaffe\n"
        "net = readNetFromCaffe(*sys.argv[1:])\n"
        "net.setInput(np.zeros((1, 3, 16, 16), np.float32))\n"
        "print(net.forward('out').tolist())\n"
    )
    command = [sys.executable, "-c", program, str(prototxt), str(weights)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.stdout == f"{[[[[0.0] * 7] * 5]]}\n", done.stderr


def test_many_nets_come_and_go() -> None:
    program = (
        "import gc, sys, numpy as np\n"
        "from caffe2torch.cv2 import readNetFromCaffe\n"
        "for _ in range(8):\n"
        "    net = readNetFromCaffe(*sys.argv[1:])\n"
        "    net.setInput(np.zeros((1, 3, 16, 12), np.float32))\n"
        "    net.forward(); gc.collect()\n"
        "print('alive')\n"
    )
    files = [str(FOLDER / "net.prototxt"), str(FOLDER / "net.caffemodel")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program, *files]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr
