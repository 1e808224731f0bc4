"""Trained weights: layer name -> parameter arrays, from .caffemodel and .caffemodel.h5 files.

Source: Caffe src/caffe/net.cpp, Net::CopyTrainedLayersFrom, Net::ToProto, Net::ToHDF5
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from google.protobuf.message import DecodeError, Message
from numpy.typing import ArrayLike

from caffe2torch import caffe_pb2 as pb
from caffe2torch.atomic import replacing
from caffe2torch.errors import WeightsError
from caffe2torch.format import schema, strings, upgrade
from caffe2torch.format.upgrade import v0, v1
from caffe2torch.weights import hdf5
from caffe2torch.weights.blob import Array, Blob, fits, parts, read_blob
from caffe2torch.weights.wire import BYTES, Item, Wire, opened, tag, varint

_NET = pb.NetParameter.DESCRIPTOR.fields_by_name
_LAYER = pb.LayerParameter.DESCRIPTOR.fields_by_name


@dataclass
class ModelWeights(Mapping[str, Sequence["Array | None"]]):
    """The parameters of a trained net: `weights["conv1"]` is [weight, bias], float32.

    The order is that of the file. An array is None where an HDF5 file leaves out a parameter
    that another layer owns.

    file:   where they were read.
    name:   the net's name.
    blobs:  layer name -> arrays, in Caffe's order; layers without parameters have none.
    types:  layer name -> type of the present format; empty for HDF5 files.
    diffs:  layer name -> gradients, where the file has them and they were asked for.
    legacy: (layer name, index) of arrays whose shape came in the four legacy dimensions.
    """

    file: str = ""
    name: str = ""
    blobs: dict[str, list[Array | None]] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    diffs: dict[str, list[Array | None]] = field(default_factory=dict)
    legacy: set[tuple[str, int]] = field(default_factory=set)

    def __getitem__(self, layer: str) -> list[Array | None]:
        return self.blobs[layer]

    def __iter__(self) -> Iterator[str]:
        return iter(self.blobs)

    def __len__(self) -> int:
        return len(self.blobs)

    def fitted(self, layer: str, index: int, shape: tuple[int, ...]) -> Array:
        """Return one array in the shape of a parameter, as Caffe would copy it.

        Raises: WeightsError if the shapes differ, or the file leaves the array out.
        """
        blob = self.blobs[layer][index]
        if blob is None:
            raise WeightsError(f'{self.file} has no parameter {index} of layer "{layer}"')
        if not fits(shape, blob.shape, (layer, index) in self.legacy):
            raise WeightsError(
                f'parameter {index} of layer "{layer}" has shape {blob.shape} in {self.file}, '
                f"the net has {shape}",
                hint="rename the layer to learn it from scratch",
            )
        return blob.reshape(shape)

    def add(self, name: str, type_name: str, blobs: Sequence[Blob]) -> None:
        """Add a layer; of several with one name the last that has parameters counts."""
        if name in self.blobs:
            if not blobs:
                return
            self.legacy -= {(name, i) for i in range(len(self.blobs[name]))}
        self.blobs[name] = [blob.data for blob in blobs]
        self.types[name] = type_name
        self.legacy |= {(name, i) for i, blob in enumerate(blobs) if blob.legacy}
        if any(blob.diff is not None for blob in blobs):
            self.diffs[name] = [blob.diff for blob in blobs]


def read_weights(path: str | os.PathLike[str], diffs: bool = False) -> ModelWeights:
    """Read the parameters of a trained net, in Caffe's binary format of any age or in HDF5.

    Files of any size are read piecewise, each number once, straight into its array.

    diffs: read the gradients too, where the file has them (snapshot_diff).

    Raises: WeightsError if the file is no such file, or damaged.
    """
    if hdf5.is_hdf5(path):
        blobs, gradients = hdf5.read_layers(path, diffs)
        return ModelWeights(os.fspath(path), "", blobs, dict.fromkeys(blobs, ""), gradients)
    with opened(path, "caffemodel") as wire:
        return read_wire(wire, diffs)


def read_wire(wire: Wire, diffs: bool = False) -> ModelWeights:
    """Read an open caffemodel; its arrays are what the wire makes of runs of numbers."""
    weights = ModelWeights(wire.name)
    formats = set()
    for name, item in wire.message(pb.NetParameter):
        if name == "name":
            weights.name = wire.text(item)
        elif name in _READERS:
            formats.add(name)
            weights.add(*_READERS[name](wire, item, diffs))
    _check_formats(wire, formats)
    return weights


def _check_formats(wire: Wire, formats: set[str]) -> None:
    if not formats:
        wire.fail("it holds no layers")
    if len(formats) > 1:
        wire.fail("it has both `layer` (present format) and `layers` (V1)")


def _read_layer(wire: Wire, item: Item, diffs: bool) -> tuple[str, str, list[Blob]]:
    """Read a layer of the present format: name, type, parameters."""
    texts, blobs = _fields(wire, item, pb.LayerParameter, diffs)
    return texts.get("name", ""), texts.get("type", ""), blobs


def _read_v1_layer(wire: Wire, item: Item, diffs: bool) -> tuple[str, str, list[Blob]]:
    """Read a V1 layer, or the V0 layer inside it."""
    name, type_name, blobs = "", "", []
    for key, part in wire.message(pb.V1LayerParameter, item.start, item.end):
        if key == "name":
            name = wire.text(part)
        elif key == "type":
            type_name = _v1_type(part.value)
        elif key == "blobs":
            blobs.append(read_blob(wire, part.start, part.end, diffs))
        elif key == "layer":
            texts, blobs = _fields(wire, part, pb.V0LayerParameter, diffs)
            name, old_type = texts.get("name", ""), texts.get("type", "")
            type_name = v1.TYPES.get(v0.TYPES.get(old_type, ""), old_type)
    return name, type_name, blobs


def _v1_type(number: int) -> str:
    enum = pb.V1LayerParameter.LayerType
    return v1.TYPES[enum.Name(number)] if number in enum.values() else f"V1 type {number}"


def _fields(
    wire: Wire, item: Item, message: type[Message], diffs: bool
) -> tuple[dict[str, str], list[Blob]]:
    """Return name and type of a layer, and its parameters."""
    texts: dict[str, str] = {}
    blobs = []
    for key, part in wire.message(message, item.start, item.end):
        if key in ("name", "type"):
            texts[key] = wire.text(part)
        elif key == "blobs":
            blobs.append(read_blob(wire, part.start, part.end, diffs))
    return texts, blobs


_READERS: dict[str, Callable[[Wire, Item, bool], tuple[str, str, list[Blob]]]] = {
    "layer": _read_layer,
    "layers": _read_v1_layer,
}


def read_structure(path: str | os.PathLike[str]) -> upgrade.Net:
    """Read the net that a binary caffemodel carries, of any age and size, without its arrays.

    Raises: WeightsError if the file is no caffemodel; GraphError if it cannot be upgraded.
    """
    with opened(path, "caffemodel") as wire:
        data = b"".join(_without_blobs(wire, pb.NetParameter, 0, wire.size))
    try:
        message = pb.NetParameter.FromString(strings.from_wire(data, pb.NetParameter.DESCRIPTOR))
    except DecodeError:
        raise WeightsError(f"{os.fspath(path)} holds a damaged net description") from None
    return upgrade.net_from_message(message, os.fspath(path), binary=True)


def _without_blobs(wire: Wire, message: type[Message], start: int, end: int) -> Iterator[bytes]:
    """Yield the fields of a message as they stand in the file, but no `blobs` at any depth."""
    for name, item in wire.message(message, start, end):
        field = message.DESCRIPTOR.fields_by_name[name]
        if name == "blobs":
            continue
        if field.message_type and "blobs" in field.message_type.fields_by_name:
            inner = getattr(pb, field.message_type.name)
            content = b"".join(_without_blobs(wire, inner, item.start, item.end))
        else:
            content = wire.bytes(item)
        yield tag(field.number, item.wire)
        if item.wire == BYTES:
            yield varint(len(content))
        yield content


def write_caffemodel(
    path: str | os.PathLike[str],
    net: pb.NetParameter,
    blobs: Mapping[str, Sequence[ArrayLike]],
    diffs: Mapping[str, Sequence[ArrayLike]] | None = None,
) -> None:
    """Write trained weights as Caffe's binary format, layer by layer, arrays uncopied.

    net:   present format; its layers say what is written and in which order. Blobs in it are
           replaced. Caffe writes the net as it ran: filtered by phase, with Split layers.
    blobs: layer name -> arrays in Caffe's order, float32.
    diffs: likewise gradients, or None (Caffe's snapshot_diff: false).

    Raises: WeightsError if a layer with arrays is not in the net, or the file cannot be written.
    """
    missing = set(blobs) - {layer.name for layer in net.layer}
    if missing:
        raise WeightsError(f"the net has no layer {', '.join(sorted(missing))} to write")
    try:
        with replacing(path) as aside, aside.open("wb") as file:
            _write_net(file, net, blobs, diffs or {})
    except OSError as error:
        raise WeightsError(f"{os.fspath(path)} cannot be written: {error.strerror}") from None


def _write_net(
    file: BinaryIO,
    net: pb.NetParameter,
    blobs: Mapping[str, Sequence[ArrayLike]],
    diffs: Mapping[str, Sequence[ArrayLike]],
) -> None:
    head = pb.NetParameter()
    head.CopyFrom(net)
    head.ClearField("layer")
    file.write(schema.serialized(head))
    for layer in net.layer:
        pieces = _layer_parts(layer, blobs.get(layer.name, ()), diffs.get(layer.name, ()))
        file.write(tag(_NET["layer"].number, BYTES) + varint(_size(pieces)))
        file.writelines(pieces)


def _layer_parts(
    layer: pb.LayerParameter, blobs: Sequence[ArrayLike], diffs: Sequence[ArrayLike]
) -> list[bytes | memoryview]:
    """Return a LayerParameter in pieces; field order is as protobuf writes it."""
    number = _LAYER["blobs"].number
    before, after = pb.LayerParameter(), pb.LayerParameter()
    for descriptor, _ in layer.ListFields():
        part = before if descriptor.number < number else after
        if descriptor.number != number:
            _copy_field(layer, part, descriptor.name)
    out: list[bytes | memoryview] = [schema.serialized(before)]
    for i, blob in enumerate(blobs):
        pieces = parts(blob, diffs[i] if i < len(diffs) else None)
        out += [tag(number, BYTES) + varint(_size(pieces)), *pieces]
    return [*out, schema.serialized(after)]


def _copy_field(source: pb.LayerParameter, target: pb.LayerParameter, name: str) -> None:
    value = getattr(source, name)
    if hasattr(value, "CopyFrom"):
        getattr(target, name).CopyFrom(value)
    elif hasattr(value, "extend"):
        getattr(target, name).extend(value)
    else:
        setattr(target, name, value)


def _size(pieces: Sequence[bytes | memoryview]) -> int:
    return sum(len(piece) for piece in pieces)


def write_caffemodel_h5(
    path: str | os.PathLike[str],
    blobs: Mapping[str, Sequence[ArrayLike | None]],
    diffs: Mapping[str, Sequence[ArrayLike | None]] | None = None,
) -> None:
    """Write trained weights as Caffe's HDF5 format: data/LAYER/INDEX.

    blobs: every layer of the net, those without parameters too; None in place of a parameter
           that another layer owns.
    diffs: likewise gradients, of all parameters, or None.

    Raises: WeightsError if the file cannot be written.
    """
    hdf5.write_layers(path, blobs, diffs)
