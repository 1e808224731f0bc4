"""cv2.dnn.readNetFromCaffe where OpenCV has none any more."""

from __future__ import annotations

from typing import Any

import cv2

from caffe2torch.cv2 import models, reading
from caffe2torch.cv2.net import Net

MODELS = (
    "Model", "ClassificationModel", "DetectionModel", "KeypointsModel", "SegmentationModel",
    "TextDetectionModel_DB", "TextDetectionModel_EAST", "TextRecognitionModel",
)  # fmt: skip
"""Classes of cv2.dnn that are made from a net."""
OURS = {kind.__name__: kind for kind in models.KINDS}


def install(force: bool = False) -> None:
    """Give cv2.dnn its readNetFromCaffe back, and let its readNet take Caffe's files.

    force: in place of an importer that OpenCV (4) has itself
    """
    dnn: Any = cv2.dnn
    if hasattr(dnn, "readNetFromCaffe") and not force:
        return
    if dnn.readNet.__module__ != __name__:
        dnn.readNet = _reader(dnn.readNet)
    dnn.readNetFromCaffe = reading.readNetFromCaffe


def _reader(original: Any) -> Any:
    def readNet(model: Any, config: Any = "", framework: str = "", *more: Any) -> Any:
        """cv2.dnn.readNet, Caffe's files included."""
        if reading.reads(model, config, framework):
            return reading.readNet(model, config, framework)
        return original(model, config, framework, *more)

    return readNet


def take_nets() -> None:
    """Let the classes of cv2.dnn that are made from a net take Caffe's, too."""
    for name in MODELS:
        original = getattr(cv2.dnn, name, None)
        if original is not None and not isinstance(original, Kind):
            kind = Kind(name, (), {"__doc__": original.__doc__, "original": original})
            for place, title in ((cv2.dnn, name), (cv2, f"dnn_{name}")):
                setattr(place, title, kind)


def _is_installed() -> bool:
    return getattr(cv2.dnn, "readNetFromCaffe", None) is reading.readNetFromCaffe


class Kind(type):
    """A class of cv2.dnn in front of OpenCV's own and ours; isinstance() knows both."""

    original: Any

    def __call__(cls, *arguments: Any, **named: Any) -> Any:
        """OpenCV's own object, or ours if it is made from a Caffe net."""
        given = [*arguments, *named.values()]
        if given and isinstance(given[0], str) and _is_installed() and reading.reads(*given[:2]):
            given = [reading.readNet(*given[:2]), *given[2:]]
        elif not given or type(given[0]) is not Net:
            return cls.original(*arguments, **named)
        ours = OURS.get(cls.__name__)
        return ours(*given) if ours else cls.original(given[0].native, *given[1:])

    def __instancecheck__(cls, thing: object) -> bool:
        return isinstance(thing, (cls.original, OURS.get(cls.__name__, cls.original)))

    def __getattr__(cls, name: str) -> Any:
        return getattr(cls.original, name)
