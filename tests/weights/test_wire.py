"""protobuf's wire format, byte by byte."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import WeightsError
from caffe2torch.format import strings
from caffe2torch.weights.wire import BYTES, FIXED32, VARINT, Wire, signed, tag, varint, wire_types


def wire(data: bytes) -> Wire:
    return Wire(io.BytesIO(data), "file", "caffemodel", len(data))


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (0, b"\x00"),
        (127, b"\x7f"),
        (128, b"\x80\x01"),
        (300, b"\xac\x02"),
        (-1, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
    ],
)
def test_numbers_of_variable_length(value: int, data: bytes) -> None:
    """300 is the example of protobuf's own documentation."""
    assert varint(value) == data
    (item,) = wire(tag(1, VARINT) + data).items()
    assert signed(item.value) == value
    assert (item.number, item.wire) == (1, VARINT)


def test_a_field_is_known_by_number_and_wire_type() -> None:
    assert tag(1, VARINT) == b"\x08"
    assert tag(100, BYTES) == b"\xa2\x06"
    text, number = wire(b"\x0a\x02hi" + b"\x15" + np.float32(1.5).tobytes()).items()
    assert (text.number, text.wire, text.start, text.end) == (1, BYTES, 2, 4)
    assert (number.number, number.wire, number.start, number.end) == (2, FIXED32, 5, 9)


def test_content() -> None:
    file = wire(b"\x0a\x03a\xffb")
    (item,) = file.items()
    assert file.bytes(item) == b"a\xffb"
    assert strings.encoded(file.text(item)) == b"a\xffb"


def test_runs_of_numbers_become_one_array() -> None:
    numbers = np.arange(5, dtype="<f4")
    file = wire(
        tag(5, BYTES) + varint(8) + numbers[:2].tobytes()
        + tag(5, BYTES) + varint(12) + numbers[2:].tobytes()
    )  # fmt: skip
    np.testing.assert_array_equal(file.numbers(list(file.items()), "<f4"), numbers)


def test_only_fields_that_the_message_knows() -> None:
    message = pb.NetParameter(name="n")
    unknown = tag(12345, VARINT) + varint(7)
    read = list(wire(unknown + message.SerializeToString()).message(pb.NetParameter))
    assert [name for name, _ in read] == ["name"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x00", "no field begins at byte 0"),
        (b"\x08\x80", "the number at byte 0 does not end"),
        (b"\x0a\x05ab", "the field at byte 0 has 5 bytes, only 2 are left"),
        (b"\x08\x01\x0b", "wire type 3 at byte 2"),
    ],
)
def test_damage_is_named_with_its_place(data: bytes, message: str) -> None:
    with pytest.raises(WeightsError, match=message) as error:
        list(wire(data).items())
    assert error.value.message.startswith("file is no whole caffemodel: ")


def test_another_message_is_refused() -> None:
    """Field 1 of a NetParameter is its name, no number."""
    with pytest.raises(WeightsError, match=r"field 1 at byte 1 is no caffe\.NetParameter\.name"):
        list(wire(b"\x08\x01").message(pb.NetParameter))


def test_half_a_number_is_refused() -> None:
    file = wire(tag(5, BYTES) + varint(6) + bytes(6))
    with pytest.raises(WeightsError, match="6 bytes at 2 are no <f4 numbers"):
        file.numbers(list(file.items()), "<f4")


@pytest.mark.parametrize(
    ("message", "field", "types"),
    [
        (pb.BlobProto, "data", (FIXED32, BYTES)),
        (pb.BlobProto, "num", (VARINT,)),
        (pb.BlobShape, "dim", (VARINT, BYTES)),
        (pb.LayerParameter, "name", (BYTES,)),
    ],
)
def test_repeated_numbers_may_be_packed(
    message: Callable[[], pb.BlobProto], field: str, types: tuple[int, ...]
) -> None:
    assert wire_types(message.DESCRIPTOR.fields_by_name[field]) == types
