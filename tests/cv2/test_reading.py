"""Nets are read from files and from memory, once."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("onnx", reason="converting to ONNX needs the package onnx")

from caffe2torch.cv2 import readNet, readNetFromCaffe
from caffe2torch.cv2.reading import reads

FOLDER = Path(__file__).with_name("opencv4")
PROTOTXT, WEIGHTS = FOLDER / "net.prototxt", FOLDER / "net.caffemodel"
EXPECTED = np.load(FOLDER / "values.npz")["1/prob"]
DATA = np.random.RandomState(1).randn(1, 3, 16, 12).astype(np.float32)


def check(net: cv2.dnn.Net) -> None:
    net.setInput(DATA)
    np.testing.assert_allclose(net.forward("prob"), EXPECTED, rtol=1e-4, atol=1e-6)


def test_from_files_and_from_memory(cache_folder: Path) -> None:
    check(readNetFromCaffe(str(PROTOTXT), str(WEIGHTS)))
    (kept,) = cache_folder.iterdir()
    written = kept.stat().st_mtime_ns
    contents = PROTOTXT.read_bytes(), WEIGHTS.read_bytes()
    check(readNetFromCaffe(*contents))
    check(readNetFromCaffe(*(np.frombuffer(one, np.uint8) for one in contents)))
    check(readNetFromCaffe(bufferProto=contents[0], bufferModel=bytearray(contents[1])))
    assert [(path, path.stat().st_mtime_ns) for path in cache_folder.iterdir()] == [(kept, written)]


def test_readnet_takes_the_files_in_any_order() -> None:
    check(readNet(str(WEIGHTS), str(PROTOTXT)))
    check(readNet(str(PROTOTXT), str(WEIGHTS)))
    assert reads("a.caffemodel", "a.prototxt") and reads("a.bin", "b", "Caffe")
    assert (
        not reads("a.onnx") and not reads("a.pb", "a.pbtxt") and not reads("a.prototxt", "", "onnx")
    )


def test_without_weights_it_has_those_of_its_fillers() -> None:
    net = readNetFromCaffe(str(PROTOTXT))
    net.setInput(DATA)
    assert net.forward("prob").shape == EXPECTED.shape


@pytest.mark.parametrize(
    ("prototxt", "message"),
    [
        ("lost.prototxt", "lost.prototxt"),
        (b"layer {", "readNetFromCaffe: .*1:"),
        (b"", "no layers"),
    ],
)
def test_what_is_no_net_is_an_error_of_opencv(prototxt: object, message: str) -> None:
    with pytest.raises(cv2.error, match=message):
        readNetFromCaffe(prototxt)
    with pytest.raises(cv2.error, match="lost.caffemodel"):
        readNetFromCaffe(str(PROTOTXT), "lost.caffemodel")


def test_weights_of_another_net_are_told(tmp_path: Path) -> None:
    other = tmp_path / "net.prototxt"
    other.write_text(PROTOTXT.read_text().replace("num_output: 4", "num_output: 6"))
    net = readNetFromCaffe(other, WEIGHTS)
    net.setInput(DATA)
    with pytest.raises(cv2.error, match='parameter 0 of layer "fc" has shape'):
        net.forward()
