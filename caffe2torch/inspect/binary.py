"""Binary files of Caffe's: which message one holds, whether with weights, its numbers as views."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from caffe2torch import caffe_pb2 as pb
from caffe2torch import inputs
from caffe2torch.errors import WeightsError
from caffe2torch.weights.wire import BYTES, FIXED32, FIXED64, VARINT, Item, Wire, opened, wire_types

Pair = tuple[int, int]

# The message types, and fields of which each has at least one: what it is there for.
NEEDS: dict[str, tuple[str, ...]] = {
    "NetParameter": ("layer", "layers"),
    "SolverState": ("learned_net", "history"),
    "BlobProto": ("data", "double_data", "raw_data"),
    "Datum": ("data", "float_data"),
    "SolverParameter": ("base_lr", "lr_policy", "max_iter", "net"),
}
ENOUGH = 256
"""Fields that are looked at: a file's first ones tell as much as all of them."""


def message_type(path: str) -> str:
    """Return the name of the message type, "" if the bytes are none of them.

    The numbers and wire types of the fields tell; a file that is cut short is known by what is left
    of it.
    """
    pairs = top_fields(path)
    for strict in (True, False):  # forks add fields; a file that has none of them is told first
        for name, needed in NEEDS.items():
            if pairs and _fits(getattr(pb, name), needed, pairs, strict):
                return name
    return ""


def top_fields(path: str) -> set[Pair]:
    """Number and wire type of the first fields of a message; (0, 0) where it is none."""
    with inputs.opened(path) as file:
        return set(_pairs(file, file.seek(0, os.SEEK_END)))


def _pairs(file: BinaryIO, size: int) -> Iterator[Pair]:
    """Yield number and wire type of each field, the last even if its content is cut off."""
    at = 0
    for _ in range(ENOUGH):
        if at >= size:
            return
        file.seek(at)
        head = file.read(20)
        tag, used = _varint(head, 0)
        number, wire = tag >> 3, tag & 7
        if not number or wire not in (VARINT, FIXED64, BYTES, FIXED32):
            yield 0, 0  # no message goes on like this
            return
        yield number, wire
        value, behind = _varint(head, used)
        width = {FIXED64: 8, FIXED32: 4}
        at += used + width[wire] if wire in width else behind + value * (wire == BYTES)


def _varint(head: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    for i in range(at, len(head)):
        value |= (head[i] & 127) << shift
        shift += 7
        if head[i] < 128:
            return value, i + 1
    return 0, len(head)


def _fits(message: Any, needed: tuple[str, ...], pairs: set[Pair], strict: bool) -> bool:
    fields = message.DESCRIPTOR.fields_by_number
    known = [(fields[number], wire) for number, wire in pairs if number in fields]
    if strict and len(known) < len(pairs):
        return False
    right = all(wire in wire_types(field) for field, wire in known)
    return right and any(field.name in needed for field, _ in known)


def has_weights(path: str) -> bool:
    """Look for parameters in the layers, up to the first; damage before it counts as having some.

    Raises: WeightsError if the file cannot be opened.
    """
    with opened(path, "caffemodel") as wire:
        try:
            for name, layer in wire.message(pb.NetParameter):
                if name not in ("layer", "layers"):
                    continue
                message = pb.LayerParameter if name == "layer" else pb.V1LayerParameter
                for inner, item in wire.message(message, layer.start, layer.end):
                    if inner == "blobs":
                        return True
                    if inner == "layer":  # V0 keeps them one deeper
                        parts = wire.message(pb.V0LayerParameter, item.start, item.end)
                        if any(part == "blobs" for part, _ in parts):
                            return True
        except WeightsError:
            return True
    return False


@dataclass
class MappedWire(Wire):
    """A file whose runs of numbers are views; they may lie at odd addresses."""

    bytes_: NDArray[np.uint8]

    def numbers(self, items: list[Item], dtype: str) -> NDArray[Any]:
        """View one run of numbers, copy several."""
        item = items[0]
        if len(items) > 1 or (item.end - item.start) % np.dtype(dtype).itemsize:
            return super().numbers(items, dtype)
        return self.bytes_[item.start : item.end].view(dtype)


@contextmanager
def mapped(path: str, kind: str) -> Iterator[Wire]:
    """Open a binary file of Caffe's as `weights.wire.opened` does, its numbers as views."""
    with opened(path, kind) as wire:
        view = np.memmap(inputs.place(path), np.uint8, "r")
        yield MappedWire(wire.file, wire.name, wire.kind, wire.size, view)
