"""One BlobProto: an array with its shape, in every form that Caffe and its forks wrote.

Source: Caffe src/caffe/blob.cpp, Blob::FromProto, Blob::ToProto, Blob::ShapeEquals
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError
from numpy.typing import ArrayLike, NDArray

from caffe2torch import caffe_pb2 as pb
from caffe2torch.atomic import replacing
from caffe2torch.errors import WeightsError
from caffe2torch.weights.wire import BYTES, VARINT, Item, Wire, opened, signed, tag, varint

Array = NDArray[np.float32]

_NUMBERS = {f.name: f.number for f in pb.BlobProto.DESCRIPTOR.fields}
MOST_AXES, MOST = 32, 0x7FFFFFFF
"""Of a blob: kMaxBlobAxes, and values along an axis (Blob::Reshape)."""
_LEGACY = ("num", "channels", "height", "width")
_RAW_TYPES = {pb.DOUBLE: "<f8", pb.FLOAT: "<f4", pb.FLOAT16: "<f2"}


@dataclass
class Blob:
    """An array as read; `legacy` says that its shape came as num, channels, height, width."""

    data: Array
    legacy: bool = False
    diff: Array | None = None


def read_blob(wire: Wire, start: int = 0, end: int | None = None, diffs: bool = False) -> Blob:
    """Read the BlobProto between two offsets of a file; float64 and float16 become float32.

    Raises: WeightsError if the numbers are not as many as the shape says.
    """
    items: dict[str, list[Item]] = {}
    for name, item in wire.message(pb.BlobProto, start, end):
        items.setdefault(name, []).append(item)
    legacy = [signed(items[n][-1].value) if n in items else 0 for n in _LEGACY]
    is_legacy = any(n in items for n in _LEGACY)
    shape = legacy if is_legacy else _shape(wire, items.get("shape", []))
    data = _values(wire, items, "data")
    if data is None:
        data = np.empty(0, np.float32)
    blob = Blob(_reshaped(wire, data, shape), is_legacy)
    diff = _values(wire, items, "diff") if diffs else None
    if diff is not None:
        blob.diff = _reshaped(wire, diff, shape)
    return blob


def _shape(wire: Wire, items: list[Item]) -> list[int]:
    """Return the dimensions; a shape without any is that of a single number."""
    message = pb.BlobShape()
    try:
        for item in items:
            message.MergeFromString(wire.bytes(item))
    except DecodeError:
        wire.fail(f"no shape at byte {items[-1].start}")
    return list(message.dim)


def _values(wire: Wire, items: dict[str, list[Item]], name: str) -> Array | None:
    """Return data or diff as float32; Caffe prefers the double form, NVIDIA the raw one."""
    raw = items.get(f"raw_{name}")
    if raw:
        code = items.get(f"raw_{name}_type")
        type_number = code[-1].value if code else pb.DOUBLE
        if type_number not in _RAW_TYPES:
            wire.fail(f"raw_{name}_type {type_number} is not a floating-point type")
        return _narrowed(wire.numbers(raw[-1:], _RAW_TYPES[type_number]))
    for field, dtype in ((f"double_{name}", "<f8"), (name, "<f4")):
        if items.get(field):
            return _narrowed(wire.numbers(items[field], dtype))
    return None


def _narrowed(values: NDArray[Any]) -> Array:
    """Numbers as float32; a double beyond it is infinite, as in C."""
    with np.errstate(over="ignore"):
        return values.astype(np.float32, copy=False)


def _reshaped(wire: Wire, values: Array, shape: list[int]) -> Array:
    dims = " ".join(map(str, shape[:MOST_AXES])) or "()"
    if any(d < 0 for d in shape) or math.prod(shape) != values.size:
        wire.fail(f"a blob of shape {dims} has {values.size} numbers")
    if len(shape) > MOST_AXES or max(shape, default=0) > MOST:
        wire.fail(f"a blob has {len(shape)} axes: {dims}; Caffe has {MOST_AXES}, up to {MOST} each")
    try:
        return values.reshape(shape)
    except ValueError:  # numpy counts the axes beside a 0, too
        return wire.fail(f"a blob has shape {dims}")


def fits(shape: tuple[int, ...], blob_shape: tuple[int, ...], legacy: bool) -> bool:
    """Say whether a blob that was read has the shape of a parameter.

    Shapes in the legacy form are compared from the right: (1, 1, 1, n) fits (n,).
    """
    if not legacy or len(shape) > 4:
        return shape == blob_shape
    return (1,) * (4 - len(shape)) + shape == blob_shape


def parts(
    array: ArrayLike, diff: ArrayLike | None = None, legacy: bool = False
) -> list[bytes | memoryview]:
    """Return a BlobProto in pieces to write one after the other; arrays are not copied."""
    data = _contiguous(array)
    out: list[bytes | memoryview] = []
    if legacy:
        dims = (1,) * (4 - data.ndim) + data.shape
        for name, size in zip(_LEGACY, dims, strict=True):
            out.append(tag(_NUMBERS[name], VARINT) + varint(size))
    out += _packed("data", data)
    if diff is not None:
        out += _packed("diff", _contiguous(diff))
    if not legacy:
        dim = b"".join(varint(size) for size in data.shape)
        packed = tag(1, BYTES) + varint(len(dim)) + dim if dim else b""
        out.append(tag(_NUMBERS["shape"], BYTES) + varint(len(packed)) + packed)
    return out


def _contiguous(array: ArrayLike) -> Array:
    return np.asarray(array, dtype="<f4", order="C")


def _packed(name: str, data: Array) -> Iterator[bytes | memoryview]:
    if data.size:
        yield tag(_NUMBERS[name], BYTES) + varint(data.nbytes)
        yield data.reshape(-1).data.cast("B")


def read_mean(path: str | os.PathLike[str]) -> Array:
    """Read a .binaryproto file, such as a mean image: (1, C, H, W) float32 as Caffe writes it.

    Raises: WeightsError if the file holds no blob.
    """
    with opened(path, "binaryproto") as wire:
        return read_blob(wire).data


def write_mean(path: str | os.PathLike[str], array: ArrayLike) -> None:
    """Write a mean image (C, H, W) or (1, C, H, W) as compute_image_mean does, with the four
    legacy dimensions. Raises: WeightsError if it has other axes or cannot be written.
    """
    values = np.asarray(array)
    if values.ndim not in (3, 4):
        raise WeightsError(f"a mean image has axes (C, H, W), not shape {values.shape}")
    write_blob(path, values, legacy=True)


def write_blob(path: str | os.PathLike[str], array: ArrayLike, legacy: bool = False) -> None:
    """Write one array as a .binaryproto file; `legacy` as in Blob. Raises: WeightsError."""
    try:
        with replacing(path) as aside, aside.open("wb") as file:
            file.writelines(parts(array, legacy=legacy))
    except OSError as error:
        raise WeightsError(f"{os.fspath(path)} cannot be written: {error.strerror}") from None
