"""What the classes of cv2.dnn that take a net answer: asked of OpenCV 4, then of ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

FRAME = np.random.RandomState(0).randint(0, 255, (40, 50, 3), np.uint8)
BLOB = np.random.RandomState(1).randn(2, 3, 16, 16).astype(np.float32)


def prepared(kind: str, folder: Path, net: str, size: int) -> Any:
    """A model from its two files, with the preparation of its pictures."""
    files = str(folder / f"{net}.caffemodel"), str(folder / f"{net}.prototxt")
    model = getattr(cv2.dnn, kind)(*files)
    model.setInputParams(scale=0.02, size=(size, size), mean=(10, 20, 30), swapRB=True)
    return model


def boxes(folder: Path, net: str) -> list[Any]:
    model = prepared("DetectionModel", folder, net, 16)
    answers = [model.detect(FRAME, confThreshold=least) for least in (-50, -1.8, 1e9)]
    return [value for answer in answers for value in answer]


def classes(folder: Path, net: str) -> list[Any]:
    model = prepared("ClassificationModel", folder, net, 8)
    answers = [*model.classify(FRAME), *model.predict(FRAME)]
    model.setEnableSoftmaxPostProcessing(True)
    model.setInputCrop(True)
    model.setInputScale((0.1, 0.2, 0.3))
    return [*answers, *model.classify(FRAME)]


def pixels(folder: Path, net: str) -> list[Any]:
    model = prepared("SegmentationModel", folder, net, 32)
    first = model.segment(FRAME)
    model.setInputSize(20, 24)
    second = model.segment(FRAME)
    model.setInputSize((24, 20))
    points = prepared("KeypointsModel", folder, net, 32)
    return [
        first,
        second,
        model.segment(FRAME),
        points.estimate(FRAME),
        points.estimate(FRAME, 0.9),
    ]


def tables(folder: Path, net: str) -> list[Any]:
    """DetectionOutput's rows, and the sizes of all layers."""
    one = cv2.dnn.readNetFromCaffe(
        str(folder / f"{net}.prototxt"), str(folder / f"{net}.caffemodel")
    )
    answers = []
    for images in (1, 2):
        one.setInput(BLOB[:images])
        answers.append(one.forward())
    ids, read, written = one.getLayersShapes((1, 3, 16, 16))
    return [*answers, ids, *(shape for shapes in (*read, *written) for shape in shapes)]


ASKED: dict[str, tuple[Callable[[Path, str], list[Any]], str]] = {
    "boxes": (boxes, "boxes"), "nothing": (boxes, "nothing"), "classes": (classes, "classes"),
    "pixels": (pixels, "pixels"), "tables": (tables, "boxes"), "few": (tables, "few"),
    "none": (tables, "nothing"),
}  # fmt: skip


def answers(folder: Path) -> dict[str, Any]:
    """Every answer, by the question and its position."""
    return {
        f"{name}/{i}": np.asarray(value)
        for name, (ask, net) in ASKED.items()
        for i, value in enumerate(ask(folder, net))
    }
