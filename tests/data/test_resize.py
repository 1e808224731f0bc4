"""Bilinear resizing: hand-derived values, and a naive float reference within one level.

The golden databases raw_resized, raw_resized_gray and enc_png_resized (test_golden_transform.py)
hold OpenCV's own results, which must be equal.
"""

from __future__ import annotations

import numpy as np
import pytest

from caffe2torch.data.resize import bilinear


def naive(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Interpolate at pixel centres in float64, borders repeated."""
    c, h, w = image.shape
    out = np.empty((c, height, width))
    for y in range(height):
        for x in range(width):
            v = min(max((y + 0.5) * h / height - 0.5, 0), h - 1)
            u = min(max((x + 0.5) * w / width - 0.5, 0), w - 1)
            y0, x0 = int(v), int(u)
            y1, x1 = min(y0 + 1, h - 1), min(x0 + 1, w - 1)
            top = image[:, y0, x0] * (1 - (u - x0)) + image[:, y0, x1] * (u - x0)
            bottom = image[:, y1, x0] * (1 - (u - x0)) + image[:, y1, x1] * (u - x0)
            out[:, y, x] = top * (1 - (v - y0)) + bottom * (v - y0)
    return out


@pytest.mark.parametrize(
    ("old", "new"),
    [((12, 16), (10, 14)), ((10, 14), (31, 17)), ((1, 9), (4, 4)), ((9, 1), (3, 5)),
     ((40, 40), (10, 10)), ((33, 21), (11, 40)), ((1, 1), (3, 2))],
)  # fmt: skip
def test_equals_the_formula_but_for_rounding(old: tuple[int, int], new: tuple[int, int]) -> None:
    image = np.random.default_rng(3).integers(0, 256, (3, *old), dtype=np.uint8)
    difference = np.abs(bilinear(image, *new) - naive(image, *new))
    # two roundings of weights of 1/2048 and one of the sum
    assert difference.max() < 0.76


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
