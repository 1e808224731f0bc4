"""Images decode as OpenCV decodes them: order of colours, gray, alpha, palettes, 16 bits."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from caffe2torch.data.images import decode_image, is_interleaved, jpeg_size
from caffe2torch.errors import DataError


def stored(image: Image.Image, format_: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


RGB = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [9, 99, 199]]], np.uint8)


def test_colors_are_blue_green_red() -> None:
    pixels = decode_image(stored(Image.fromarray(RGB)), "color")
    assert pixels.shape == (3, 2, 2)
    assert (pixels == RGB.transpose(2, 0, 1)[::-1]).all()


def test_gray_of_a_png_is_weighted_as_libpng_does_and_cut_off() -> None:
    # (9797 R + 19234 G + 3737 B) >> 15; libpng's documentation of png_set_rgb_to_gray
    assert decode_image(stored(Image.fromarray(RGB)), "gray").tolist() == [[[76, 149], [29, 83]]]


def test_gray_of_a_bmp_is_weighted_as_cvtcolor_does_and_rounded() -> None:
    # (4899 R + 9617 G + 1868 B + 8192) >> 14
    assert decode_image(stored(Image.fromarray(RGB), "BMP"), "gray").tolist() == [
        [[76, 150], [29, 83]]
    ]


def test_gray_of_a_jpeg_is_the_luminance_that_it_stores() -> None:
    data = stored(Image.fromarray(RGB).resize((32, 32)), "JPEG", quality=90)
    with Image.open(io.BytesIO(data)) as image:
        image.draft("L", image.size)
        assert (decode_image(data, "gray")[0] == np.asarray(image)).all()


def test_alpha_is_dropped_in_color_and_kept_unchanged() -> None:
    rgba = np.dstack([RGB, np.array([[0, 1], [128, 255]], np.uint8)])
    data = stored(Image.fromarray(rgba))
    assert (decode_image(data, "color") == RGB.transpose(2, 0, 1)[::-1]).all()
    assert decode_image(data, "unchanged").shape == (4, 2, 2)
    assert decode_image(data, "unchanged")[3].tolist() == [[0, 1], [128, 255]]


def test_a_palette_is_applied_and_its_transparency_makes_four_channels() -> None:
    image = Image.fromarray(RGB).quantize(4)
    assert decode_image(stored(image), "unchanged").shape == (3, 2, 2)
    assert decode_image(stored(image, transparency=0), "unchanged").shape == (4, 2, 2)
    assert (decode_image(stored(image), "color") == RGB.transpose(2, 0, 1)[::-1]).all()


def test_black_and_white_becomes_0_and_255() -> None:
    image = Image.fromarray(np.array([[0, 255]], np.uint8)).convert("1")
    assert decode_image(stored(image), "unchanged").tolist() == [[[0, 255]]]


def test_sixteen_bits_keep_their_high_byte_but_are_refused_unchanged() -> None:
    data = stored(Image.fromarray(np.array([[0x0102, 0xFFFE]], np.uint16)))
    assert decode_image(data, "gray").tolist() == [[[1, 255]]]
    assert decode_image(data, "color").tolist() == [[[1, 255]]] * 3
    with pytest.raises(DataError, match="more than 8 bits"):
        decode_image(data, "unchanged")


def test_a_photograph_is_turned_upright_unless_unchanged() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = stored(Image.new("RGB", (40, 20)), "JPEG", exif=exif)
    assert decode_image(data, "color").shape == (3, 40, 20)
    assert decode_image(data, "gray").shape == (1, 40, 20)
    assert decode_image(data, "unchanged").shape == (3, 20, 40)


@pytest.mark.parametrize("data", [b"", b"no image", stored(Image.fromarray(RGB))[:45]])
def test_what_is_no_image_is_refused(data: bytes) -> None:
    with pytest.raises(DataError, match="not an image that can be decoded"):
        decode_image(data, "color")


@pytest.mark.parametrize("flag", ["color", "gray", "unchanged"])
def test_a_jpeg_as_a_view_holds_what_its_planes_hold(flag: Any) -> None:
    image = Image.fromarray(np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3))
    planes = decode_image(stored(image, "JPEG"), flag)
    view = decode_image(stored(image, "JPEG"), flag, planes=False)
    assert planes.flags.c_contiguous and not is_interleaved(planes)
    assert is_interleaved(view) == (flag != "gray")
    assert np.array_equal(planes, view)


def test_a_frame_header_behind_much_else_is_read() -> None:
    assert jpeg_size(stored(Image.new("RGB", (7, 5)), "JPEG", comment=b"x" * 5000)) == (7, 5)
