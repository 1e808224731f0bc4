"""resize_param: sizes, padding, boxes, interpolations."""

from __future__ import annotations

import numpy as np
import pytest
from google.protobuf import text_format

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.resize import bilinear, check, interpolate, moved, new_size, resized
from caffe2torch.errors import ShapeError, UnsupportedError

RNG = np.random.default_rng(0)
NOISE = RNG.integers(0, 256, (3, 13, 17)).astype(np.uint8)


def param(text: str) -> pb.ResizeParameter:
    return text_format.Parse(text, pb.ResizeParameter())


@pytest.mark.parametrize(
    ("text", "image", "size"),
    [
        ("height: 30 width: 20", (5, 9), (30, 20)),
        ("height: 30 width: 20 resize_mode: FIT_LARGE_SIZE_AND_PAD", (5, 9), (30, 20)),
        ("height: 30 width: 30 resize_mode: FIT_SMALL_SIZE", (10, 20), (30, 60)),
        ("height: 30 width: 30 resize_mode: FIT_SMALL_SIZE", (20, 10), (60, 30)),
    ],
)
def test_sizes(text: str, image: tuple[int, int], size: tuple[int, int]) -> None:
    assert new_size(param(text), *image) == size
    pixels = np.zeros((3, *image), np.uint8)
    assert resized(pixels, param(text), np.random.default_rng(0)).shape == (3, *size)


def test_padding_keeps_the_aspect_and_moves_the_boxes() -> None:
    rule = param("height: 8 width: 8 resize_mode: FIT_LARGE_SIZE_AND_PAD pad_value: 7")
    wide = np.full((1, 4, 8), 100, np.uint8)
    got = resized(wide, rule, np.random.default_rng(0))
    assert got[0, :, 0].tolist() == [7, 7, 100, 100, 100, 100, 7, 7]
    boxes = np.array([[0.0, 0.0, 1.0, 1.0], [0.5, 0.5, 0.75, 1.5]], np.float32)
    np.testing.assert_allclose(
        moved(boxes, rule, wide.shape), [[0, 0.25, 1, 0.75], [0.5, 0.5, 0.75, 0.75]]
    )
    tall = moved(boxes[:1], rule, (1, 8, 4))
    np.testing.assert_allclose(tall, [[0.25, 0, 0.75, 1]])


@pytest.mark.parametrize(
    ("mode", "row"), [("MIRRORED", [1, 0, 1, 2, 1, 0]), ("REPEAT_NEAREST", [0, 0, 1, 2, 2, 2])]
)
def test_other_padding(mode: str, row: list[int]) -> None:
    rule = param(f"height: 3 width: 6 resize_mode: FIT_LARGE_SIZE_AND_PAD pad_mode: {mode}")
    pixels = np.tile(np.arange(3, dtype=np.uint8), (1, 3, 1))
    assert resized(pixels, rule, np.random.default_rng(0))[0, 1].tolist() == row


def test_warping_leaves_boxes_but_cuts_them_off() -> None:
    boxes = np.array([[-0.5, 0.2, 0.5, 1.5]], np.float32)
    assert moved(boxes, param("height: 3 width: 9"), (3, 5, 5)).tolist() == [
        pytest.approx([0, 0.2, 0.5, 1])
    ]


@pytest.mark.parametrize("mode", ["LINEAR", "AREA", "NEAREST", "CUBIC", "LANCZOS4"])
def test_interpolations_keep_a_plain_image_and_the_size_asked_for(mode: str) -> None:
    plain = np.full((3, 13, 17), 77, np.uint8)
    for size in [(5, 40), (40, 5), (13, 17)]:
        got = interpolate(plain, *size, mode)
        assert got.shape == (3, *size)
        assert (got == 77).all()
    np.testing.assert_array_equal(interpolate(NOISE, 13, 17, mode), NOISE)


def test_linear_is_that_of_opencv_and_area_is_the_mean() -> None:
    np.testing.assert_array_equal(interpolate(NOISE, 30, 7, "LINEAR"), bilinear(NOISE, 30, 7))
    np.testing.assert_array_equal(interpolate(NOISE, 30, 7, "AREA"), bilinear(NOISE, 30, 7))
    ramp = np.arange(12, dtype=np.uint8).reshape(1, 1, 12) * 10
    assert interpolate(np.repeat(ramp, 3, 1), 1, 4, "AREA").flatten().tolist() == [10, 40, 70, 100]


def test_nearest_takes_whole_pixels_from_the_left() -> None:
    row = np.array([[[0, 10, 20, 30, 40]]], np.uint8)
    assert interpolate(row, 1, 3, "NEAREST").flatten().tolist() == [0, 10, 30]


def test_cubic_weights() -> None:
    # half way between pixels: -3/32, 19/32, 19/32, -3/32 for a = -0.75
    row = np.array([[[0, 0, 128, 0, 0, 0, 0, 0]]], np.uint8)
    got = interpolate(row, 1, 4, "CUBIC").flatten()
    assert got.tolist() == [0, 76, 0, 0]


def test_one_interpolation_is_drawn_of_several() -> None:
    rule = param("height: 7 width: 9 interp_mode: [NEAREST, LINEAR]")
    seen = {resized(NOISE, rule, np.random.default_rng(seed)).tobytes() for seed in range(9)}
    wanted = {interpolate(NOISE, 7, 9, mode).tobytes() for mode in ("NEAREST", "LINEAR")}
    assert seen == wanted


def test_bad_input_is_refused() -> None:
    with pytest.raises(ShapeError, match="one of them is 0"):
        check(param("height: 3"))
    with pytest.raises(UnsupportedError, match="height_scale"):
        check(param("height: 3 width: 3 height_scale: 3"))
    rule = param("height: 9 width: 8 resize_mode: FIT_LARGE_SIZE_AND_PAD pad_value: [1, 2]")
    with pytest.raises(ShapeError, match="2 pad_value for 3 channels"):
        resized(NOISE, rule, np.random.default_rng(0))
