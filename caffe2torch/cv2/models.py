"""The classes of cv2.dnn that are made from a net and look at pictures, for Caffe nets.

Those of OpenCV run its own nets themselves: of one size, and without Caffe's layers, of which
DetectionModel asks the last for its type.

Source: OpenCV 4 modules/dnn/src/model.cpp
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from caffe2torch.cv2.net import Net

Array = NDArray[Any]
SCALE_OF_IMAGES = 1.6
"""What Faster R-CNN and R-FCN are told of an image besides its size."""


class Model:
    """A net behind the preparation of its pictures."""

    def __init__(self, network: Net) -> None:
        self.network = network
        self._size: tuple[int, int] = (0, 0)
        self._scale: Any = 1.0
        self._mean: Any = (0, 0, 0, 0)
        self._swap = self._crop = False
        self._names = list(network.getUnconnectedOutLayersNames())

    def setInputSize(self, *size: Any) -> Model:
        """Width and height, as two numbers or a pair."""
        self._size = tuple(size[0] if len(size) == 1 else size)
        return self

    def setInputMean(self, mean: Any) -> Model:
        self._mean = mean
        return self

    def setInputScale(self, scale: Any) -> Model:
        """A factor, or one a channel."""
        self._scale = scale
        return self

    def setInputCrop(self, crop: bool) -> Model:
        self._crop = crop
        return self

    def setInputSwapRB(self, swapRB: bool) -> Model:
        self._swap = swapRB
        return self

    def setOutputNames(self, outNames: Sequence[str]) -> Model:
        self._names = list(outNames)
        return self

    def setInputParams(
        self, scale: Any = 1.0, size: Any = (0, 0), mean: Any = (0, 0, 0, 0),
        swapRB: bool = False, crop: bool = False,
    ) -> None:  # fmt: skip
        """All of the preparation."""
        self._scale, self._size, self._mean = scale, tuple(size), mean
        self._swap, self._crop = swapRB, crop

    def setPreferableBackend(self, backendId: int) -> Model:
        self.network.setPreferableBackend(backendId)
        return self

    def setPreferableTarget(self, targetId: int) -> Model:
        self.network.setPreferableTarget(targetId)
        return self

    def enableWinograd(self, useWinograd: bool) -> Model:
        self.network.enableWinograd(useWinograd)
        return self

    def predict(self, frame: Array, outs: Any = None) -> tuple[Array, ...]:
        """The outputs for a picture (H, W, C) of uint8 or float32. Raises: cv2.error."""
        if not all(self._size):
            raise cv2.error("Input size not specified")
        factors = np.atleast_1d(np.array(self._scale, np.float32))[:3]
        plain = float(factors[0])
        blob: Array = cv2.dnn.blobFromImage(
            frame, plain, self._size, self._mean, swapRB=self._swap, crop=self._crop
        )
        if len(factors) > 1:
            blob = blob / plain * factors[: blob.shape[1]].reshape(1, -1, 1, 1)
        self.network.setInput(blob)
        if self._knows_size:
            width, height = self._size
            self.network.setInput(np.array([[height, width, SCALE_OF_IMAGES]]), "im_info")
        return tuple(self.network.forward(self._names))

    @property
    def _knows_size(self) -> bool:
        return "im_info" in self.network.model.inputs

    def _only(self, frame: Array) -> Array:
        outputs = self.predict(frame)
        if len(outputs) != 1:
            raise cv2.error(f"the net has {len(outputs)} outputs and should have 1")
        return outputs[0]


class ClassificationModel(Model):
    """The class of a picture."""

    _softmax = False

    def setEnableSoftmaxPostProcessing(self, enable: bool) -> ClassificationModel:
        self._softmax = enable
        return self

    def getEnableSoftmaxPostProcessing(self) -> bool:
        return self._softmax

    def classify(self, frame: Array) -> tuple[int, float]:
        """The most likely class and its score."""
        scores = self._only(frame).ravel()
        if self._softmax:
            scores = np.exp(scores - scores.max())
            scores /= scores.sum()
        best = int(scores.argmax())
        return best, float(scores[best])


class SegmentationModel(Model):
    """The class of each pixel."""

    def segment(self, frame: Array, mask: Any = None) -> Array:
        """Classes (H, W) of uint8."""
        return np.asarray(self._only(frame)[0].argmax(0), np.uint8)


class KeypointsModel(Model):
    """Points of a body, each at the maximum of a map; the last map is the background."""

    def estimate(self, frame: Array, thresh: float = 0.5) -> Array:
        """Points (K, 2), -1 where the map stays below the threshold."""
        maps = self._only(frame)
        if maps.ndim != 4:
            return np.asarray(maps[0, :, :2], np.float32)
        height, width = maps.shape[2:]
        points = []
        for one in maps[0, :-1]:
            y, x = np.unravel_index(one.argmax(), one.shape)
            place = (x * frame.shape[1] / width, y * frame.shape[0] / height)
            points.append(place if one.max() > thresh else (-1.0, -1.0))
        return np.array(points, np.float32)


class DetectionModel(Model):
    """Boxes, from nets that end in DetectionOutput."""

    _across = False

    def setNmsAcrossClasses(self, value: bool) -> DetectionModel:
        self._across = value
        return self

    def getNmsAcrossClasses(self) -> bool:
        return self._across

    def detect(self, frame: Array, confThreshold: float = 0.5, nmsThreshold: float = 0.0) -> Any:
        """Classes (K,), scores (K,) and boxes (K, 4) of left, top, width, height in pixels.

        nmsThreshold: of YOLO's nets alone, which OpenCV takes from elsewhere
        Raises: cv2.error if the net ends in another layer
        """
        last = self.network.model.layers[-1].type
        if last != "DetectionOutput":
            raise cv2.error(f'Unknown output layer type: "{last}"')
        size = self._size if self._knows_size else (frame.shape[1], frame.shape[0])
        rows = np.concatenate([table.reshape(-1, 7) for table in self.predict(frame)])
        rows = rows[rows[:, 2] >= confThreshold]
        if not len(rows):
            return (), (), ()
        boxes = np.array([_box(row[3:], size) for row in rows], np.int32)
        return rows[:, 1].astype(np.int32), rows[:, 2].copy(), boxes


def _box(corners: Array, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """A box inside of the picture, from corners in pixels, or in parts of the picture."""
    left, top, right, bottom = (int(value) for value in corners)
    if right - left + 1 <= 2 or bottom - top + 1 <= 2:
        factors = np.array([*size, *size], np.float32)
        left, top, right, bottom = (int(value) for value in corners * factors)
    width, height = right - left + 1, bottom - top + 1
    left, top = max(0, min(left, size[0] - 1)), max(0, min(top, size[1] - 1))
    width, height = max(1, min(width, size[0] - left)), max(1, min(height, size[1] - top))
    return left, top, width, height


KINDS = (Model, ClassificationModel, SegmentationModel, KeypointsModel, DetectionModel)
