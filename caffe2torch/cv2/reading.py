"""cv2.dnn.readNetFromCaffe and readNet, as OpenCV 4 had them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2

from caffe2torch.cv2.model import Model
from caffe2torch.cv2.net import Net
from caffe2torch.cv2.source import Given, Source, is_path
from caffe2torch.errors import C2TError

ENDS = (".prototxt", ".caffemodel")


def readNetFromCaffe(
    prototxt: Given = None,
    caffeModel: Given = None,
    *,
    bufferProto: Given = None,
    bufferModel: Given = None,
) -> Net:
    """A net from its prototxt and weights: paths, or their content as bytes or arrays of uint8.

    Converted through ONNX when it first runs on inputs of a shape, and kept in the cache folder.
    Without weights it has the first values of its fillers.
    Raises: cv2.error, as OpenCV does, if a file cannot be read or is no such net.
    """
    given = Source(
        prototxt if bufferProto is None else bufferProto,
        caffeModel if bufferModel is None else bufferModel,
    )
    model = Model(given)
    try:
        _ = model.layers, given.digest
    except (C2TError, OSError) as error:
        raise cv2.error(f"readNetFromCaffe: {_reason(error)}") from error
    return Net(model)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}"
    return str(error)


def reads(model: Any, config: Any = "", framework: str = "") -> bool:
    """Whether these arguments of cv2.dnn.readNet mean a Caffe net."""
    if framework:
        return str(framework).lower() == "caffe"
    return is_path(model) and {Path(model).suffix, Path(config or "").suffix} & set(ENDS) != set()


def readNet(model: Any, config: Any = "", framework: str = "") -> Net:
    """A Caffe net from its two files in either order. Raises: cv2.error."""
    files = [given for given in (model, config) if given not in ("", None)]
    files.sort(key=lambda given: str(given).endswith(".caffemodel"))
    return readNetFromCaffe(*files)
