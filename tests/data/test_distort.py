"""distort_param: the colour space, each effect, and how often it happens."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest
from google.protobuf import text_format

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.distort import distorted, from_hsv, to_hsv

NOISE = np.random.default_rng(0).integers(0, 256, (3, 8, 9)).astype(np.uint8)


def param(text: str) -> pb.DistortionParameter:
    return text_format.Parse(text, pb.DistortionParameter())


def run(text: str, seed: int = 0) -> np.ndarray:
    return distorted(NOISE, param(text), np.random.default_rng(seed))


def test_hue_saturation_and_value_are_those_of_the_standard_library() -> None:
    hue, saturation, value = to_hsv(NOISE)
    for y, x in np.ndindex(8, 9):
        b, g, r = NOISE[:, y, x] / 255
        h, s, v = colorsys.rgb_to_hsv(r, g, b)
        assert abs((hue[y, x] - h * 180 + 90) % 180 - 90) <= 0.51
        assert abs(saturation[y, x] - s * 255) <= 0.51
        assert value[y, x] == round(v * 255)


def test_back_and_forth() -> None:
    back = from_hsv(*to_hsv(NOISE))
    assert np.abs(back.astype(int) - NOISE).max() <= 5
    gray = np.full((3, 2, 2), 80, np.uint8)
    np.testing.assert_array_equal(from_hsv(*to_hsv(gray)), gray)


def test_nothing_happens_with_probability_zero() -> None:
    np.testing.assert_array_equal(run(""), NOISE)


def test_brightness_adds_one_number() -> None:
    got = run("brightness_prob: 1 brightness_delta: 32").astype(int)
    inside = (got > 0) & (got < 255)
    shifts = set((got - NOISE)[inside].tolist())
    assert len(shifts) == 1
    assert 0 < abs(shifts.pop()) <= 32


def test_contrast_multiplies() -> None:
    got = run("contrast_prob: 1 contrast_lower: 0.5 contrast_upper: 0.5")
    np.testing.assert_array_equal(got, np.rint(NOISE * 0.5).astype(np.uint8))


def test_saturation_zero_is_gray() -> None:
    got = run("saturation_prob: 1 saturation_lower: 0 saturation_upper: 0")
    assert (got == NOISE.max(axis=0)).all()


def test_hue_moves_around_the_circle() -> None:
    got = run("hue_prob: 1 hue_delta: 18")
    assert (got != NOISE).any()
    np.testing.assert_allclose(got.max(axis=0), NOISE.max(axis=0), atol=1)
    np.testing.assert_allclose(got.min(axis=0), NOISE.min(axis=0), atol=2)


def test_channels_are_exchanged() -> None:
    orders = {run("random_order_prob: 1", seed).tobytes() for seed in range(40)}
    assert len(orders) == 6


@pytest.mark.parametrize("effect", ["brightness", "contrast"])
def test_probability(effect: str) -> None:
    rest = "brightness_delta: 9 contrast_lower: 0.5 contrast_upper: 0.6"
    changed = sum(
        bool((run(f"{effect}_prob: 0.25 {rest}", seed) != NOISE).any()) for seed in range(200)
    )
    assert 30 <= changed <= 70
