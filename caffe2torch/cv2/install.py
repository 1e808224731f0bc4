"""cv2.dnn.readNetFromCaffe where OpenCV has none any more."""

from __future__ import annotations

from typing import Any

import cv2

from caffe2torch.cv2 import reading
from caffe2torch.cv2.net import Net

MODELS = (
    "Model", "ClassificationModel", "DetectionModel", "KeypointsModel", "SegmentationModel",
    "TextDetectionModel_DB", "TextDetectionModel_EAST", "TextRecognitionModel",
)  # fmt: skip
"""Classes of cv2.dnn that are made from a net, which they run themselves."""


def install(force: bool = False) -> None:
    """Give cv2.dnn its readNetFromCaffe back, and let its readNet take Caffe's files.

    force: in place of an importer that OpenCV (4) has itself
    """
    dnn: Any = cv2.dnn
    if hasattr(dnn, "readNetFromCaffe") and not force:
        return
    if dnn.readNet.__module__ != __name__:
        dnn.readNet = _reader(dnn.readNet)
        for name in MODELS:
            if hasattr(dnn, name):
                setattr(dnn, name, _taking_nets(getattr(dnn, name)))
    dnn.readNetFromCaffe = reading.readNetFromCaffe


def _reader(original: Any) -> Any:
    def readNet(model: Any, config: Any = "", framework: str = "", *more: Any) -> Any:
        """cv2.dnn.readNet, Caffe's files included."""
        if reading.reads(model, config, framework):
            return reading.readNet(model, config, framework)
        return original(model, config, framework, *more)

    return readNet


def _taking_nets(kind: Any) -> Any:
    """What makes a class of cv2.dnn, from a Caffe net as well."""

    def make(*arguments: Any, **named: Any) -> Any:
        if arguments and isinstance(arguments[0], str) and reading.reads(*arguments[:2]):
            arguments = (reading.readNet(*arguments[:2]), *arguments[2:])
        plain = (a.native if type(a) is Net else a for a in arguments)
        return kind(*plain, **named)

    make.__name__, make.__doc__ = kind.__name__, kind.__doc__
    return make
