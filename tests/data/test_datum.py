"""Pixels of a record: raw, float or encoded, as Caffe's transformer takes them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from caffe2torch.caffe_pb2 import Datum
from caffe2torch.data.datum import decode
from caffe2torch.errors import DataError, ShapeError


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
