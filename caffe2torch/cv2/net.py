"""A net that answers as the cv2.dnn.Net of a Caffe net did in OpenCV 4.

The nets that OpenCV itself computes are made from ONNX: one of the whole net, and one that ends at
a layer for each that a program asks for by name. OpenCV 5 joins layers and uses their memory
again, so that what is inside of a net cannot be asked of the whole one.

Source: OpenCV 4 modules/dnn/src/net_impl.cpp (forward: the last layer by default; ids begin with 1
        behind "_input") and modules/dnn/src/net.cpp
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from caffe2torch import caffe_pb2 as pb
from caffe2torch import layers
from caffe2torch.cv2.model import Model
from caffe2torch.cv2.native import Native
from caffe2torch.errors import C2TError
from caffe2torch.layers.base import Role, Shape

Array = NDArray[Any]
INPUT, INPUT_TYPE = "_input", "__NetInputLayer__"
"""The layer of id 0, which getLayerNames() leaves out."""


class Layer:
    """One layer: name, type and parameter blobs, which may be given other values."""

    preferableTarget = 0  # noqa: N815  OpenCV's name

    def __init__(self, net: Net, position: int) -> None:
        self._net, self.name, self.type = net, INPUT, INPUT_TYPE
        self._tops = list(net.model.inputs)
        if position >= 0:
            layer = net.model.layers[position]
            self.name, self.type, self._tops = layer.name, layer.type, list(layer.top)

    @property  # type: ignore[misc]
    def __class__(self) -> type[Any]:
        return cv2.dnn.Layer

    @property
    def blobs(self) -> list[Array]:
        """The parameters, in Caffe's order and shapes."""
        return self._net.model.blobs(self.name)

    @blobs.setter
    def blobs(self, values: Sequence[Array]) -> None:
        arrays = [np.ascontiguousarray(value, np.float32) for value in values]
        self._net.model.replaced[self.name] = arrays
        self._net.forget()

    def outputNameToIndex(self, outputName: str) -> int:
        """Position of a top, -1 if it is none."""
        return self._tops.index(outputName) if outputName in self._tops else -1


class Net:
    """A Caffe net in OpenCV, for programs that know cv2.dnn.Net: isinstance() says that it is one.

    It holds OpenCV's own nets and is none itself: OpenCV frees its objects in a way (PyObject_Del)
    that no subclass survives. `native` is OpenCV's own net, for functions that want one.

    model: the Caffe net
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self._inputs: dict[str, Array] = {}
        self._settings: dict[str, tuple[Any, ...]] = {}
        self._natives: dict[tuple[Any, ...], Native] = {}

    @property  # type: ignore[misc]
    def __class__(self) -> type[Any]:
        return cv2.dnn.Net

    # -- what it is ---------------------------------------------------------------------------

    def empty(self) -> bool:
        return not self.model.layers

    def getLayerNames(self) -> tuple[str, ...]:
        return tuple(layer.name for layer in self.model.layers)

    def getLayerId(self, layer: str) -> int:
        """Position in getLayerNames() plus 1, 0 for "_input", -1 if there is none of this name."""
        return 0 if layer == INPUT else self.model.index.get(layer, -2) + 1

    def getLayer(self, layerId: int | str) -> Layer:
        """A layer by its id or name. Raises: cv2.error."""
        try:
            if isinstance(layerId, str):
                return Layer(self, self.model.find(layerId))
            return Layer(self, range(-1, len(self.model.layers))[int(layerId)])
        except (C2TError, IndexError) as error:
            raise cv2.error(str(error)) from None

    def getLayersCount(self, layerType: str) -> int:
        return sum(layer.type == layerType for layer in self.model.layers)

    def getLayerTypes(self) -> tuple[str, ...]:
        return tuple(sorted({*(layer.type for layer in self.model.layers), INPUT_TYPE}))

    def getUnconnectedOutLayers(self) -> NDArray[np.int32]:
        return np.array([i + 1 for i in self.model.ends], np.int32)

    def getUnconnectedOutLayersNames(self) -> tuple[str, ...]:
        return tuple(self.model.layers[i].name for i in self.model.ends)

    def getParam(self, layer: int | str, numParam: int = 0) -> Array:
        return self.getLayer(layer).blobs[numParam]

    def setParam(self, layer: int | str, numParam: int, blob: Array) -> None:
        one = self.getLayer(layer)
        values = one.blobs
        values[numParam] = blob
        one.blobs = values

    def getLayersShapes(self, netInputShape: Any) -> tuple[Any, Any, Any]:
        """Ids of all layers, and shapes of what each reads and gives, for an input of a shape."""
        shapes = netInputShape if np.ndim(netInputShape[0]) else [netInputShape]
        sizes = [tuple(map(int, shape)) for shape in shapes]
        try:
            known = dict(self.model.graph(dict(zip(self.model.inputs, sizes, strict=True))).shapes)
        except C2TError as error:
            raise cv2.error(str(error)) from error

        for layer in self.model.layers:
            if layers.chosen(layer).plays(Role.RESULT):
                known[layer.top[0]] = (1, 1, _most_rows(layer) * sizes[0][0], 7)

        def of(blobs: Sequence[str]) -> tuple[Array, ...]:
            return tuple(np.array(known[blob], np.int32) for blob in blobs)

        inputs = of(self.model.inputs)
        read = (inputs, *(of(layer.bottom) for layer in self.model.layers))
        written = (inputs, *(of(layer.top) for layer in self.model.layers))
        return np.arange(len(read), dtype=np.int32), read, written

    def __getattr__(self, name: str) -> Any:
        """What else OpenCV's own net answers: of its operators, which are not Caffe's layers."""
        if name.startswith("_") or not hasattr(cv2.dnn.Net, name):
            raise AttributeError(f"cv2.dnn.Net has no attribute {name!r}")
        return getattr(self.native, name)

    # -- running it ---------------------------------------------------------------------------

    def setInput(
        self,
        blob: Array,
        name: str = "",
        scalefactor: float = 1.0,
        mean: Sequence[float] | float = (),
    ) -> None:
        """Set an input, (blob - mean) * scalefactor; "" is the first one. Raises: cv2.error."""
        name = name or next(iter(self.model.inputs), "")
        if name not in self.model.inputs:
            raise cv2.error(f'"{name}" is no input of the net: {", ".join(self.model.inputs)}')
        value = np.array(blob, np.float32)
        means = np.atleast_1d(np.array(mean, np.float32))
        if means.any():
            means = np.pad(means, (0, max(0, value.shape[1] - len(means))))[: value.shape[1]]
            value -= means.reshape(1, -1, *[1] * (value.ndim - 2))
        self._inputs[name] = value * np.float32(scalefactor)

    def forward(self, *names: Any, **named: Any) -> Any:
        """The first top of a layer, of the last one by default; a tuple for a list of names.

        Raises: cv2.error where the layer is not there, or the net does not take the input.
        """
        wanted = named.get("outputName", named.get("outBlobNames"))
        texts = [value for value in names if isinstance(value, str)]
        lists = [v for v in names if isinstance(v, list | tuple) and all(_are_names(v))]
        wanted = wanted if wanted is not None else next(iter([*texts, *lists]), "")
        if isinstance(wanted, str):
            return self._tops([wanted])[0][0]
        return tuple(tops[0] for tops in self._tops(wanted))

    def forwardAndRetrieve(self, outBlobNames: Sequence[str]) -> tuple[tuple[Array, ...], ...]:
        """All tops of each of the named layers."""
        return tuple(map(tuple, self._tops(outBlobNames)))

    def _tops(self, names: Sequence[str]) -> list[list[Array]]:
        """The tops of the named layers; "" is the last layer."""
        if not self._inputs:
            raise cv2.error("setInput has not been called")
        try:
            places = [self.model.find(n) if n else len(self.model.layers) - 1 for n in names]
            whole: dict[str, Array] = {}
            results = []
            for place in places:
                if place in self.model.ends:
                    whole = whole or self._run(None)
                    blobs = whole
                else:
                    blobs = self._run(place)
                layer = self.model.layers[place]
                results.append([self._listed(layer, blobs[top]) for top in layer.top])
        except C2TError as error:
            raise cv2.error(str(error)) from error
        return results

    def _listed(self, layer: pb.LayerParameter, value: Array) -> Array:
        """A top as OpenCV 4 gave it: detections in a constant number of rows."""
        if not layers.chosen(layer).plays(Role.RESULT):
            return value
        return detections(value, _most_rows(layer) * len(next(iter(self._inputs.values()))))

    def _run(self, end: int | None) -> dict[str, Array]:
        """The outputs of the net up to a layer, by blob."""
        return self._native({k: v.shape for k, v in self._inputs.items()}, end).run(self._inputs)

    def _native(self, shapes: dict[str, Shape], end: int | None) -> Native:
        key = (end, *sorted(shapes.items()))
        if key not in self._natives:
            graph = self.model.graph(shapes, end)
            tops = [top for node in graph.sources for top in node.tops]
            missing = [top for top in tops if top not in shapes]
            if missing:
                raise cv2.error(f"input {missing[0]} is not set")
            native = Native(self.model.onnx(shapes, end), tops, graph.outputs)
            for method, values in self._settings.items():
                native.set(method, *values)
            self._natives[key] = native
        return self._natives[key]

    @property
    def native(self) -> Any:
        """OpenCV's own net of the whole, for the inputs that are set or else those of the file."""
        shapes = {name: value.shape for name, value in self._inputs.items()}
        return self._native(shapes or self._shapes_of_file(), None).net

    def _shapes_of_file(self) -> dict[str, Shape]:
        graph = self.model.graph({})
        return {top: graph.shapes[top] for node in graph.sources for top in node.tops}

    def forget(self) -> None:
        """Compute anew with other parameters."""
        self._natives.clear()

    # -- how it is computed -------------------------------------------------------------------

    def setPreferableBackend(self, backendId: int) -> None:
        self._set("setPreferableBackend", backendId)

    def setPreferableTarget(self, targetId: int) -> None:
        self._set("setPreferableTarget", targetId)

    def enableWinograd(self, useWinograd: bool) -> None:
        self._set("enableWinograd", useWinograd)

    def enableFusion(self, fusion: bool) -> None:
        """Nothing: results do not hang on it, and OpenCV 5.0 loses the net without fusion."""

    def getPerfProfile(self) -> Any:
        return self.native.getPerfProfile()

    def dump(self) -> str:
        return str(self.native.dump())

    def _set(self, method: str, *values: Any) -> None:
        self._settings[method] = values
        for native in self._natives.values():
            native.set(method, *values)


def _most_rows(layer: pb.LayerParameter) -> int:
    """Rows an image that OpenCV 4 kept for a layer of detections."""
    return max(1, layer.detection_output_param.keep_top_k)


def detections(rows: Array, count: int) -> Array:
    """The rows (1, 1, N, 7) that are detections, and rows of zeros behind them up to a count.

    The model marks rows that are none by -1.
    Source: OpenCV 4 modules/dnn/src/layers/detection_output_layer.cpp, forward and
            getMemoryShapes: keep_top_k rows an image
    """
    if rows.ndim != 4 or rows.shape[-1] != 7:
        return rows
    kept = rows[:, :, rows[0, 0, :, 1] != -1]
    missing = max(0, count - kept.shape[2])
    return np.pad(kept, ((0, 0), (0, 0), (0, missing), (0, 0)))


def _are_names(values: Sequence[Any]) -> list[bool]:
    return [isinstance(value, str) for value in values]
