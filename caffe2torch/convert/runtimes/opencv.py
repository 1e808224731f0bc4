"""OpenCV's dnn module, with the engine that it takes by itself."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from caffe2torch.convert.runtimes import Array, Run

TITLE, PACKAGE, MODULE = "OpenCV", "opencv-python-headless", "cv2"
CRASHES = True


def version() -> str:
    """The version that is installed."""
    import cv2

    return str(cv2.__version__)


def load(model: bytes) -> Run:
    """A net; it knows inputs and outputs by the names in the model."""
    import cv2
    import onnx

    body = onnx.load_model_from_string(model).graph
    constants = {one.name for one in body.initializer}
    inputs = [one.name for one in body.input if one.name not in constants]
    outputs = [one.name for one in body.output]
    before = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        net = cv2.dnn.readNetFromONNX(np.frombuffer(model, np.uint8))
    finally:
        cv2.utils.logging.setLogLevel(before)

    def run(given: Mapping[str, Array]) -> list[Array]:
        for name in inputs:
            net.setInput(given[name], name)
        return [np.asarray(value) for value in net.forward(outputs)]

    return run
