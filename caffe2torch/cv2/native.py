"""One net of OpenCV's own, made from an ONNX model, whose outputs are asked for by blob."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Native:
    """A cv2.dnn.Net of an ONNX model.

    inputs: names of its inputs;  outputs: the blobs that leave it, in the model's order
    Raises: cv2.error if OpenCV does not take the model.
    """

    def __init__(self, model: bytes, inputs: Sequence[str], outputs: Sequence[str]) -> None:
        self.net = cv2.dnn.readNetFromONNX(np.frombuffer(model, np.uint8))
        self.inputs, self.outputs = inputs, outputs
        self.names = tuple(self.net.getUnconnectedOutLayersNames())

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """The outputs by blob."""
        for name in self.inputs:
            self.net.setInput(inputs[name], name)
        results = self.net.forward(list(self.names))
        return {self._blob(name): value for name, value in zip(self.names, results, strict=True)}

    def _blob(self, name: str) -> str:
        """The blob of an output, which OpenCV 4 calls after the operator that makes it."""
        if len(self.outputs) == 1:
            return self.outputs[0]
        plain = name.removeprefix("onnx_node!").removesuffix(":output")
        return plain if plain in self.outputs else name

    def set(self, method: str, *values: Any) -> None:
        """Call a method that changes how it is computed, where OpenCV has it."""
        with suppress(AttributeError):
            getattr(self.net, method)(*values)
