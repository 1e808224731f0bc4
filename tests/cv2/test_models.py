"""Classes of cv2.dnn answer for Caffe nets what OpenCV 4's own answered.

`opencv4/` was written by tools/golden/opencv.py under OpenCV 4.12.0.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("onnx", reason="converting to ONNX needs the package onnx")

from caffe2torch.cv2 import readNetFromCaffe
from tests.conftest import ROOT

FOLDER = Path(__file__).with_name("opencv4")
RECORDED = dict(np.load(FOLDER / "models.npz"))
PROGRAM = """\
import sys
from pathlib import Path
import caffe2torch.cv2
caffe2torch.cv2.install(force=True)
import numpy as np
from tests.cv2.asked import answers
np.savez(sys.argv[1], **answers(Path(sys.argv[2])))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:  # type: ignore[type-arg]
    """What the same questions get in a process where the reader is installed."""
    folder = tmp_path_factory.mktemp("answers")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(folder)}
    command = [sys.executable, "-c", PROGRAM, str(folder / "ours.npz"), str(FOLDER)]
    subprocess.run(command, check=True, env=environment)
    return dict(np.load(folder / "ours.npz"))


@pytest.mark.parametrize("question", sorted({key.partition("/")[0] for key in RECORDED}))
def test_answers_are_those_of_opencv_4(answers: dict[str, object], question: str) -> None:
    keys = [key for key in RECORDED if key.startswith(f"{question}/")]
    assert keys == [key for key in answers if key.startswith(f"{question}/")]
    for key in keys:
        np.testing.assert_allclose(answers[key], RECORDED[key], rtol=1e-4, atol=1e-6, err_msg=key)


def test_classes_of_opencv_take_the_net_and_stay_what_they_are() -> None:
    net = readNetFromCaffe(str(FOLDER / "boxes.prototxt"), str(FOLDER / "boxes.caffemodel"))
    for kind in (cv2.dnn.DetectionModel, cv2.dnn_DetectionModel):
        model = kind(net)
        assert isinstance(model, cv2.dnn.DetectionModel)
        assert not isinstance(model, cv2.dnn.ClassificationModel)
        assert isinstance(kind(network=net), cv2.dnn.DetectionModel)
    with pytest.raises(cv2.error, match="Input size not specified"):
        model.detect(np.zeros((4, 4, 3), np.uint8))
    assert isinstance(cv2.dnn.Net(), cv2.dnn.Net)
    with pytest.raises((TypeError, cv2.error)):
        cv2.dnn.DetectionModel(3)


def test_a_net_that_ends_elsewhere_detects_nothing() -> None:
    files = FOLDER / "classes.prototxt", FOLDER / "classes.caffemodel"
    model = cv2.dnn.DetectionModel(readNetFromCaffe(*map(str, files)))
    model.setInputSize(8, 8)
    with pytest.raises(cv2.error, match='Unknown output layer type: "Softmax"'):
        model.detect(np.zeros((8, 8, 3), np.uint8))


def test_what_only_opencv_knows_comes_from_its_own_net() -> None:
    net = readNetFromCaffe(str(FOLDER / "boxes.prototxt"), str(FOLDER / "boxes.caffemodel"))
    layer = net.getLayer("loc")
    assert isinstance(layer, cv2.dnn.Layer)
    assert "loc" in net.dump()
    with pytest.raises(AttributeError, match="getNothing"):
        net.getNothing()
