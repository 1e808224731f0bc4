"""A Datum read by slicing equals what protobuf reads, and broken ones are refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caffe2torch.caffe_pb2 import Datum
from caffe2torch.data.datum import parse
from caffe2torch.errors import DataError

INT32 = st.integers(-(2**31), 2**31 - 1)


@settings(deadline=None, derandomize=True)
@given(
    INT32, INT32, INT32, INT32, st.binary(max_size=40), st.booleans(),
    st.lists(st.floats(width=32, allow_nan=False), max_size=9),
)  # fmt: skip
def test_any_datum_reads_as_protobuf_reads_it(
    c: int, h: int, w: int, label: int, data: bytes, encoded: bool, floats: list[float]
) -> None:
    message = Datum(channels=c, height=h, width=w, label=label, data=data, encoded=encoded)
    message.float_data.extend(floats)
    read = parse(message.SerializeToString())
    assert (read.shape, read.label, read.encoded) == ((c, h, w), label, encoded)
    assert bytes(read.data) == data
    assert np.concatenate([np.empty(0), *read.floats]).tolist() == floats


def test_packed_floats_and_repeated_runs_are_joined_in_order() -> None:
    packed = np.array([1, 2], "<f4").tobytes()
    single = b"\x35" + np.array([3], "<f4").tobytes()
    read = parse(b"\x32\x08" + packed + single + b"\x28\x07" + single)
    assert np.concatenate(read.floats).tolist() == [1, 2, 3, 3]
    assert read.label == 7


def test_unknown_fields_are_skipped() -> None:
    unknown = b"\x40\x96\x01" + b"\x4a\x02hi" + b"\x51" + bytes(8) + b"\x5d" + bytes(4)
    assert parse(unknown + b"\x28\x05").label == 5


def test_the_last_value_of_a_field_counts() -> None:
    assert parse(b"\x08\x03\x08\x01").channels == 1


def test_the_pixels_are_a_view_of_the_record() -> None:
    record = memoryview(Datum(channels=1, height=1, width=3, data=b"abc").SerializeToString())
    assert parse(record).data.obj is record.obj  # type: ignore[union-attr]


def test_a_record_that_is_cut_off_anywhere_in_a_field_is_refused() -> None:
    whole = Datum(channels=3, data=b"123456", label=300).SerializeToString()
    inside_fields = {1, 3, *range(4, 10), 11, 12}
    for end in inside_fields:
        with pytest.raises(DataError, match="cut off"):
            parse(whole[:end])


@pytest.mark.parametrize(
    "record",
    [b"\x00\x01", b"\x0b\x0c", b"\x08" + b"\xff" * 11, b"\x32\x03abc", b"\x0f", b"\x5d\0", b"\x35"],
    ids=["field 0", "group", "long number", "no whole floats", "wire type", "short", "no float"],
)
def test_what_is_no_datum_is_refused(record: bytes) -> None:
    with pytest.raises(DataError, match="is not a Datum"):
        parse(record)


def test_tags_may_be_written_longer_than_needed() -> None:
    one = np.array([1], "<f4").tobytes()
    read = parse(b"\xa8\x00\x05" + b"\xb5\x00" + one + b"\x35" + one + b"\xa2\x00\x01x")
    assert (read.label, bytes(read.data)) == (5, b"x")
    assert np.concatenate(read.floats).tolist() == [1, 1]
