"""Collects the operators, constants and weights of a model while layers are written into it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import UnsupportedError
from caffe2torch.graph.model import Node
from caffe2torch.layers.base import Shape, Site

if TYPE_CHECKING:
    from onnx import NodeProto

Array = NDArray[Any]
Varies = tuple[bool, ...]
"""For each axis of a blob, whether its size may differ from call to call."""


class SizesError(UnsupportedError):
    """A layer needs sizes that may not vary from call to call.

    kind: what should have varied, "batch" or "spatial"
    """

    def __init__(self, node: Node, kind: str) -> None:
        lesser = "none" if kind == "batch" else "batch or none"
        super().__init__(
            f'layer "{node.name}" ({node.type}) needs the sizes that the net was written with',
            hint=f"use --dynamic {lesser}",
        )


@dataclass
class Place:
    """One layer that is being written: its parameters, and the values it reads.

    bottoms: names of the values, in the order of the layer's bottoms
    shapes:  their shapes
    tops:    shapes of the tops
    blobs:   its weights by key, as torch holds them
    compute: runs the layer itself; for tops that hang on shapes alone
    varying: which axes of each bottom may vary
    growing: which axes of each top may vary
    """

    node: Node
    bottoms: list[str]
    shapes: list[Shape]
    tops: list[Shape]
    blobs: Mapping[str, Array]
    compute: Callable[[], list[Array]]
    varying: list[Varies] = field(default_factory=list)
    growing: list[Varies] = field(default_factory=list)

    @property
    def site(self) -> Site:
        return self.node.site

    @property
    def param(self) -> pb.LayerParameter:
        return self.node.param

    @property
    def batch(self) -> bool:
        """Whether the first size of the first bottom may vary."""
        return self.varies(0)

    def varies(self, bottom: int) -> bool:
        """Whether the first size of a bottom may vary."""
        return self.varying[bottom][:1] == (True,)

    @property
    def spatial(self) -> bool:
        """Whether a size behind the first axis of a bottom may vary."""
        return any(any(axes[1:]) for axes in self.varying)


@dataclass
class Writer:
    """The model so far. Values are named by string; each operator's name is its layer's.

    opset:     of the default domain
    nodes:     the operators in order
    constants: name -> array, weights among them
    ends:      blob -> what it is called in the net's file; those where a net can be cut
    layer:     the one that is being written
    """

    opset: int = 13
    nodes: list[NodeProto] = field(default_factory=list)
    constants: dict[str, Array] = field(default_factory=dict)
    ends: dict[str, str] = field(default_factory=dict)
    layer: str = ""
    _names: set[str] = field(default_factory=set)
    _titles: dict[str, int] = field(default_factory=dict)
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
        title = f"{self.layer}{suffix}"
        self._titles[title] = self._titles.get(title, 0) + 1
        if self._titles[title] > 1:  # two layers of one name, which Caffe allows
            title = f"{title}_{self._titles[title]}"
        node = helper.make_node(kind, trimmed, names, name=title, **given)
        node.doc_string = self.layer
        self.nodes.append(node)
        return names[0] if outputs == 1 else names

    def constant(self, value: Array | Sequence[Any] | float, dtype: Any = np.float32) -> str:
        """The name of a constant; the same value is stored once."""
        array = np.asarray(value, dtype)
        array = np.ascontiguousarray(array).reshape(array.shape)
        key = f"const_{array.dtype}_{'x'.join(map(str, array.shape))}_{_digest(array)}"
        if key not in self.constants:
            self._names.add(key)
            self.constants[key] = array
        return key

    def known(self, value: str) -> Array | None:
        """The array of a constant, None for a value that is computed."""
        return self.constants.get(value)

    def weight(self, layer: str, key: str, value: Array) -> str:
        """The name of a layer's weight blob."""
        name = self.name(f"{layer}.{key}")
        self.constants[name] = np.ascontiguousarray(value, np.float32)
        return name

    def ints(self, *values: int) -> str:
        """The name of a constant 1-D tensor of int64."""
        return self.constant(values, np.int64)

    def reduce(self, kind: str, value: str, axes: Sequence[int], keepdims: int = 1) -> str:
        """ReduceSum, ReduceMean and the like over axes, as this opset spells it."""
        since = 13 if kind == "ReduceSum" else 18
        if self.opset < since:
            return str(self.op(kind, value, axes=list(axes), keepdims=keepdims))
        return str(self.op(kind, value, self.ints(*axes), keepdims=keepdims))

    def unsqueeze(self, value: str, *axes: int) -> str:
        """`value` with axes of size 1 put in."""
        if self.opset < 13:
            return str(self.op("Unsqueeze", value, axes=list(axes)))
        return str(self.op("Unsqueeze", value, self.ints(*axes)))

    def split(self, value: str, sizes: Sequence[int], axis: int) -> list[str]:
        """Parts of `value` of constant sizes; one part is `value` itself."""
        if len(sizes) == 1:
            return [value]
        if self.opset < 13:
            return list(self.op("Split", value, outputs=len(sizes), axis=axis, split=list(sizes)))
        return list(self.op("Split", value, self.ints(*sizes), outputs=len(sizes), axis=axis))

    def slice(self, value: str, starts: Sequence[int], ends: Sequence[int], axes: Sequence[int],
              steps: Sequence[int] = ()) -> str:  # fmt: skip
        """`value` from starts to ends along axes."""
        inputs = [self.ints(*starts), self.ints(*ends), self.ints(*axes)]
        return str(self.op("Slice", value, *inputs, *([self.ints(*steps)] if steps else [])))

    def softmax(self, value: str, axis: int, rank: int) -> str:
        """Softmax along one axis; before opset 13 the operator takes all axes from one on."""
        if self.opset >= 13 or axis == rank - 1:
            return str(self.op("Softmax", value, axis=axis))
        order = [i for i in range(rank) if i != axis] + [axis]
        back = [order.index(i) for i in range(rank)]
        turned = self.op("Softmax", self.op("Transpose", value, perm=order), axis=rank - 1)
        return str(self.op("Transpose", turned, perm=back))

    def resize(self, value: str, factors: Sequence[float], **attributes: Any) -> str:
        """`value` with its sizes times factors, rounded down."""
        region = "" if self.opset >= 13 else self.constant([])
        return str(self.op("Resize", value, region, self.constant(factors), **attributes))

    def reshape(self, value: str, shape: Sequence[int], batch: bool = False) -> str:
        """`value` in another shape; with `batch` its first size is what is left over."""
        array = self.known(value)
        if array is not None:
            return self.constant(array.reshape(shape), array.dtype)
        sizes = [-1, *shape[1:]] if batch else shape
        return str(self.op("Reshape", value, self.ints(*sizes)))

    def needs_sizes(self, place: Place, kind: str = "batch") -> SizesError:
        """The error for a layer that cannot do what varies, to be raised."""
        return SizesError(place.node, kind)

    def refuse(self, place: Place, why: str, hint: str = "") -> UnsupportedError:
        """The error for a layer that ONNX has no operators for, to be raised."""
        blobs = [self.ends[blob] for blob in place.node.bottoms if blob in self.ends]
        blobs = blobs or place.node.bottoms
        ends = " ".join(f"--end {blob}" for blob in dict.fromkeys(blobs))
        ways = hint or f"cut the net there: {ends}"
        return UnsupportedError(f'layer "{place.node.name}" ({place.node.type}): {why}', hint=ways)


def _digest(array: Array) -> str:
    from hashlib import blake2s

    return blake2s(array.tobytes(), digest_size=8).hexdigest()
