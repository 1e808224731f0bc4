"""resize_param: sizes, padding and boxes; every interpolation against OpenCV itself.

The golden databases raw_resized, raw_resized_gray and enc_png_resized (test_golden_transform.py)
hold OpenCV's own results too, which must be equal.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from google.protobuf import text_format

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.resize import bilinear, check, interpolate, moved, new_size, resized
from caffe2torch.errors import ShapeError, UnsupportedError

RNG = np.random.default_rng(0)
NOISE = RNG.integers(0, 256, (3, 13, 17)).astype(np.uint8)
MODES = {
    "LINEAR": cv2.INTER_LINEAR,
    "AREA": cv2.INTER_AREA,
    "NEAREST": cv2.INTER_NEAREST,
    "CUBIC": cv2.INTER_CUBIC,
    "LANCZOS4": cv2.INTER_LANCZOS4,
}
SIZES = [
    ((13, 17), (30, 41)), ((13, 17), (7, 9)), ((13, 17), (5, 40)), ((13, 17), (40, 5)),
    ((13, 17), (13, 40)), ((13, 17), (13, 9)), ((13, 17), (9, 17)), ((64, 48), (32, 24)),
    ((60, 48), (20, 16)), ((60, 48), (20, 24)), ((61, 47), (20, 16)), ((8, 9), (24, 36)),
    ((100, 100), (37, 50)), ((250, 333), (227, 227)), ((120, 160), (227, 227)),
    ((8, 36), (78, 89)), ((1, 9), (4, 4)), ((9, 1), (3, 5)), ((1, 1), (3, 2)), ((7, 5), (1, 1)),
]  # fmt: skip


def param(text: str) -> pb.ResizeParameter:
    return text_format.Parse(text, pb.ResizeParameter())


def opencv(pixels: np.ndarray, height: int, width: int, mode: str) -> np.ndarray:
    """cv2.resize of (C, H, W)."""
    image = np.ascontiguousarray(pixels.transpose(1, 2, 0))
    image = cv2.resize(image, (width, height), interpolation=MODES[mode])
    return image[None] if image.ndim == 2 else image.transpose(2, 0, 1)


@pytest.fixture
def plain_opencv() -> Iterator[None]:
    """OpenCV's own code, as distributions build it: no IPP, the registers of the oldest machine."""
    cv2.setUseOptimized(False)
    yield
    cv2.setUseOptimized(True)


@pytest.mark.usefixtures("plain_opencv")
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("mode", MODES)
def test_pixels_are_those_of_opencv(mode: str, channels: int) -> None:
    rng = np.random.default_rng(7)
    for old, new in SIZES:
        image = rng.integers(0, 256, (channels, *old), dtype=np.uint8)
        got, wanted = interpolate(image, *new, mode), opencv(image, *new, mode)
        assert got.dtype == np.uint8
        if mode == "CUBIC":
            # OpenCV rounds the pixels that fill a vector register as floats and the rest of a row
            # as integers, a half up; how many are the rest depends on the machine.
            whole = new[1] * channels // 32 * 32 // channels
            np.testing.assert_array_equal(got[..., :whole], wanted[..., :whole], str((old, new)))
            assert np.abs(got.astype(int) - wanted).max() <= 1, (old, new)
        else:
            np.testing.assert_array_equal(got, wanted, str((old, new)))


@pytest.mark.parametrize("mode", MODES)
def test_the_pixels_of_a_faster_opencv_are_the_same_but_for_cubic(mode: str) -> None:
    # Intel's library, where OpenCV is built with it, has weights of its own for CUBIC.
    rng = np.random.default_rng(8)
    for old, new in SIZES:
        image = rng.integers(0, 256, (3, *old), dtype=np.uint8)
        difference = interpolate(image, *new, mode).astype(int) - opencv(image, *new, mode)
        assert np.abs(difference).max() <= (1 if mode == "CUBIC" else 0), (old, new)


@pytest.mark.usefixtures("plain_opencv")
@pytest.mark.parametrize("mode", MODES)
def test_floats_are_not_rounded(mode: str) -> None:
    rng = np.random.default_rng(9)
    for old, new in SIZES:
        image = rng.uniform(-200, 200, (2, *old)).astype(np.float32)
        got = interpolate(image, *new, mode)
        assert got.dtype == np.float32
        # sums of up to 64 float32 products of 200, in another order
        np.testing.assert_allclose(got, opencv(image, *new, mode), rtol=0, atol=1e-3)


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


def test_area_is_the_mean() -> None:
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


def test_half_the_size_is_the_rounded_mean_of_four() -> None:
    image = np.array([[[0, 1, 10, 20], [0, 1, 30, 41]]], np.uint8)
    assert bilinear(image, 1, 2).tolist() == [[[1, 25]]]


def test_twice_the_size_mixes_three_to_one() -> None:
    image = np.array([[[0, 100]]], np.uint8)
    assert bilinear(image, 1, 4).tolist() == [[[0, 25, 75, 100]]]


def test_the_same_size_is_the_same_image() -> None:
    image = np.arange(6, dtype=np.uint8).reshape(1, 2, 3)
    assert bilinear(image, 2, 3) is image


def test_an_image_of_one_value_stays_so() -> None:
    image = np.full((1, 7, 5), 255, np.uint8)
    assert (bilinear(image, 9, 11) == 255).all()
