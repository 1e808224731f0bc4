"""Programs that call cv2.dnn.readNetFromCaffe run, unchanged or with one line more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("onnx", reason="converting to ONNX needs the package onnx")

from tests.conftest import ROOT

FOLDER = Path(__file__).with_name("opencv4")
FILES = [str(FOLDER / "net.prototxt"), str(FOLDER / "net.caffemodel")]
PROGRAM = """\
import sys
import cv2
import numpy as np
net = cv2.dnn.readNetFromCaffe(*sys.argv[1:])
net.setInput(np.random.RandomState(1).randn(1, 3, 16, 12).astype(np.float32))
print(net.forward().shape, net.getUnconnectedOutLayersNames())
net = cv2.dnn.readNet(sys.argv[2], sys.argv[1])
print(isinstance(net, cv2.dnn.Net), net.getLayerId("map"))
model = cv2.dnn.ClassificationModel(net)
model.setInputParams(1.0, (12, 16))
"""
ANSWER = "(1, 5, 8, 6) ('prob', 'map')\nTrue 15\n"


def run(*command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, env=environment
    )


def test_c2t_run_gives_the_reader_back(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    done = run("-m", "caffe2torch", "run", str(tmp_path / "program.py"), *FILES)
    assert (done.returncode, done.stdout) == (0, ANSWER), done.stderr


def test_one_line_gives_the_reader_back(tmp_path: Path) -> None:
    line = "import caffe2torch.cv2; caffe2torch.cv2.install(force=True)\n"
    (tmp_path / "program.py").write_text(line + PROGRAM)
    done = run(str(tmp_path / "program.py"), *FILES)
    assert (done.returncode, done.stdout) == (0, ANSWER), done.stderr


def test_the_reader_of_opencv_itself_stays() -> None:
    program = (
        "import cv2\n"
        "cv2.dnn.readNetFromCaffe = reader = object()\n"
        "import caffe2torch.cv2\n"
        "caffe2torch.cv2.install()\n"
        "print(cv2.dnn.readNetFromCaffe is reader)\n"
        "caffe2torch.cv2.install(force=True)\n"
        "print(cv2.dnn.readNetFromCaffe is caffe2torch.cv2.readNetFromCaffe)\n"
    )
    assert run("-c", program).stdout == "True\nTrue\n"
