"""Collects the operators, constants and weights of a model while layers are written into it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import UnsupportedError
from caffe2torch.graph.model import Graph, Node
from caffe2torch.layers.base import Shape, Site

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto

Array = NDArray[Any]


@dataclass
class Place:
    """One layer that is being written: its parameters, and the values it reads.

    bottoms: names of the values, in the order of the layer's bottoms
    shapes:  their shapes
    tops:    shapes of the tops
    blobs:   its weights by key, as torch holds them
    compute: runs the layer itself; for tops that hang on shapes alone
    """

    node: Node
    bottoms: list[str]
    shapes: list[Shape]
    tops: list[Shape]
    blobs: Mapping[str, Array]
    compute: Callable[[], list[Array]]

    @property
    def site(self) -> Site:
        return self.node.site

    @property
    def param(self) -> pb.LayerParameter:
        return self.node.param


@dataclass
class Writer:
    """The model so far. Values are named by string; each operator's name is its layer's.

    opset:          of the default domain
    batch, spatial: whether sizes along axis 0, and behind the channels, vary from call to call
    """

    opset: int = 13
    batch: bool = False
    spatial: bool = False
    nodes: list[NodeProto] = field(default_factory=list)
    constants: dict[str, TensorProto] = field(default_factory=dict)
    layer: str = ""
    _names: set[str] = field(default_factory=set)
    _steps: int = 0

    def name(self, wanted: str) -> str:
        """A name that nothing else has: `wanted`, or with a number behind it."""
        name, n = wanted, 1
        while name in self._names:
            n += 1
            name = f"{wanted}_{n}"
        self._names.add(name)
        return name

    def begin(self, layer: str) -> None:
        """What comes next belongs to this layer."""
        self.layer, self._steps = layer, 0

    def op(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> Any:
        """Add an operator; return the name of its output, or a list where it has several.

        An input "" is left out; attributes that are None are not written.
        """
        from onnx import helper

        suffix = f":{self._steps}" if self._steps else ""
        self._steps += 1
        names = [self.name(f"{self.layer}{suffix}:{i}" if i else f"{self.layer}{suffix}:out")
                 for i in range(outputs)]  # fmt: skip
        given = {key: value for key, value in attributes.items() if value is not None}
        trimmed = list(inputs)
        while trimmed and not trimmed[-1]:
            trimmed.pop()
        node = helper.make_node(kind, trimmed, names, name=f"{self.layer}{suffix}", **given)
        node.doc_string = self.layer
        self.nodes.append(node)
        return names[0] if outputs == 1 else names

    def constant(self, value: Array | Sequence[Any] | float, dtype: Any = np.float32) -> str:
        """The name of a constant; the same value is stored once."""
        from onnx import numpy_helper

        array = np.ascontiguousarray(np.asarray(value, dtype))
        key = f"const_{array.dtype}_{'x'.join(map(str, array.shape))}_{_digest(array)}"
        if key not in self.constants:
            self._names.add(key)
            self.constants[key] = numpy_helper.from_array(array, key)
        return key

    def known(self, value: str) -> Array | None:
        """The array of a constant, None for a value that is computed."""
        from onnx import numpy_helper

        stored = self.constants.get(value)
        return None if stored is None else np.asarray(numpy_helper.to_array(stored))

    def weight(self, layer: str, key: str, value: Array) -> str:
        """The name of a layer's weight blob."""
        from onnx import numpy_helper

        name = self.name(f"{layer}.{key}")
        array = np.ascontiguousarray(value, np.float32)
        self.constants[name] = numpy_helper.from_array(array, name)
        return name

    def ints(self, *values: int) -> str:
        """The name of a constant 1-D tensor of int64."""
        return self.constant(values, np.int64)

    def reshape(self, value: str, shape: Sequence[int], before: Shape | None = None) -> str:
        """`value` in another shape; axis 0 is kept as it comes where the batch may vary."""
        sizes = list(shape)
        array = self.known(value)
        if array is not None:
            return self.constant(array.reshape(sizes), array.dtype)
        if self.batch and sizes and before and before[0] == sizes[0]:
            sizes[0] = 0
        elif self.batch and sizes:
            sizes[0] = -1
        return str(self.op("Reshape", value, self.ints(*sizes)))

    def refuse(self, place: Place, why: str, hint: str = "") -> UnsupportedError:
        """The error for a layer that ONNX has no operators for, to be raised."""
        end = place.node.bottoms[0] if place.node.bottoms else ""
        ways = hint or f"cut the net there: --end {end}"
        return UnsupportedError(f'layer "{place.node.name}" ({place.node.type}): {why}', hint=ways)


def _digest(array: Array) -> str:
    from hashlib import blake2s

    return blake2s(array.tobytes(), digest_size=8).hexdigest()


def weights_of(module: Any, node: Node) -> dict[str, Array]:
    """The blobs of a layer by key, as the built torch module holds them."""
    from caffe2torch.module.blobs import blob_tensors

    if not node.blobs:
        return {}
    values = blob_tensors(module, node)
    return {
        key: value.detach().cpu().numpy() for key, value in zip(node.blobs, values, strict=True)
    }


def value_infos(graph: Graph, names: Mapping[str, str], w: Writer) -> list[Any]:
    """ONNX's declarations of inputs or outputs: float32, sizes that vary by name."""
    from onnx import TensorProto, helper

    infos = []
    for blob, name in names.items():
        dims: list[int | str] = list(graph.shapes[blob])
        if dims and w.batch:
            dims[0] = "N"
        if w.spatial and len(dims) == 4:
            dims[2:] = [f"{name}_H", f"{name}_W"]
        infos.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, dims))
    return infos
