"""A Datum is read as protobuf reads it, and its pixels as Caffe's transformer takes them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from caffe2torch.caffe_pb2 import Datum
from caffe2torch.data.datum import SMALL, Reader, decode, parse
from caffe2torch.errors import DataError, ShapeError

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


def png(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def test_bytes_are_channels_rows_columns() -> None:
    message = Datum(channels=2, height=2, width=3, label=-4, data=bytes(range(12)))
    pixels, label = decode(message.SerializeToString())
    assert pixels.dtype == np.uint8
    assert pixels.tolist() == [[[0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 10, 11]]]
    assert label == -4


def test_floats_count_where_there_are_no_bytes() -> None:
    message = Datum(channels=1, height=1, width=2, float_data=[0.5, -1.5])
    pixels, _ = decode(message.SerializeToString())
    assert pixels.dtype == np.float32
    assert pixels.tolist() == [[[0.5, -1.5]]]


def test_bytes_win_over_floats_and_what_is_too_much_is_not_read() -> None:
    message = Datum(channels=1, height=1, width=2, data=b"\1\2\3\4", float_data=[9, 9])
    assert decode(message.SerializeToString())[0].tolist() == [[[1, 2]]]


def test_an_encoded_image_comes_blue_first_whatever_the_record_says_of_its_shape() -> None:
    rgb = np.array([[[10, 20, 30], [40, 50, 60]]], np.uint8)
    message = Datum(channels=9, height=9, width=9, data=png(rgb), encoded=True)
    assert decode(message.SerializeToString())[0].tolist() == [[[30, 60]], [[20, 50]], [[10, 40]]]


def test_force_color_and_force_gray_count_for_encoded_images() -> None:
    gray = Datum(data=png(np.array([[7, 8]], np.uint8)), encoded=True).SerializeToString()
    assert decode(gray)[0].shape == (1, 1, 2)
    assert decode(gray, force_color=True)[0].tolist() == [[[7, 8]]] * 3
    color = Datum(data=png(np.full((1, 1, 3), 50, np.uint8)), encoded=True).SerializeToString()
    assert decode(color, force_gray=True)[0].tolist() == [[[50]]]


def test_both_forces_are_refused_for_encoded_images_only() -> None:
    raw = Datum(channels=1, height=1, width=1, data=b"x").SerializeToString()
    assert decode(raw, force_color=True, force_gray=True)[0].shape == (1, 1, 1)
    with pytest.raises(ShapeError, match="force_color and force_gray") as caught:
        decode(Datum(data=b"", encoded=True).SerializeToString(), True, True)
    assert caught.value.field == "transform_param.force_gray"


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (Datum(channels=3, height=2, width=2, data=b"12345"), "holds 5 bytes.*3x2x2 needs 12"),
        (Datum(channels=1, height=2, width=2, float_data=[1]), "holds 1 floats.*needs 4"),
        (Datum(channels=1, height=2, width=2), "holds 0 floats"),
        (Datum(data=b"12345"), "states the shape 0x0x0"),
        (Datum(channels=1, height=-2, width=2, data=b"1234"), "states the shape 1x-2x2"),
        (Datum(data=b"12345", encoded=True), "no|not an image"),
    ],
    ids=["bytes", "floats", "nothing", "no shape", "negative", "no image"],
)
def test_a_record_without_its_pixels_is_refused(message: Datum, words: str) -> None:
    with pytest.raises(DataError, match=words):
        decode(message.SerializeToString())


@pytest.mark.parametrize("size", [(3, 4, 5), (1, 200, 100)], ids=["small", "large"])
def test_a_batch_of_like_records_reads_as_each_by_itself(size: tuple[int, int, int]) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (6, *size), np.uint8)
    records = [_raw_record(image, i % 3) for i, image in enumerate(images)]
    assert (len(records[0]) > SMALL) == (size[1] == 200)
    reader = Reader()
    assert reader.alike(records) is None  # nothing is known yet
    for record in records:
        reader.parse(record)
    pixels, labels = reader.alike([memoryview(record) for record in records])
    assert np.array_equal(pixels, images)
    assert labels == [0, 1, 2, 0, 1, 2]
    turned = _raw_record(images[0].transpose(0, 2, 1), 0)
    for other in (_raw_record(images[0], 9), turned, records[0] + b"\x38\x01"):
        assert reader.alike([*records, other]) is None


def _raw_record(image: np.ndarray, label: int) -> bytes:
    c, h, w = image.shape
    message = Datum(channels=c, height=h, width=w, data=image.tobytes(), label=label)
    return message.SerializeToString()
