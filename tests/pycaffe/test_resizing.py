"""Resizing of images against scikit-image and SciPy."""

from __future__ import annotations

import numpy as np
import pytest

from caffe2torch.pycaffe import io, resizing

SIZES = [(5, 6), (20, 24), (13, 9), (10, 12), (1, 1), (57, 31)]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", SIZES)
def test_resizing_is_scikit_images(channels: int, size: tuple[int, int]) -> None:
    transform = pytest.importorskip("skimage.transform")
    image = np.random.default_rng(0).random((10, 12, channels)) * 255 - 20
    low, high = image.min(), image.max()
    unit = (image - low) / (high - low)
    theirs = transform.resize(unit, size, order=1, mode="constant", anti_aliasing=False)
    resized = io.resize_image(image, size)
    np.testing.assert_allclose((resized - low) / (high - low), theirs, atol=1e-6)


@pytest.mark.parametrize("size", SIZES)
def test_other_numbers_of_channels_are_scipys_zoom(size: tuple[int, int]) -> None:
    ndimage = pytest.importorskip("scipy.ndimage")
    image = np.random.default_rng(0).random((10, 12, 4))
    theirs = ndimage.zoom(image, (size[0] / 10, size[1] / 12, 1), order=1)
    np.testing.assert_allclose(io.resize_image(image, size), theirs, atol=1e-6)


def test_a_constant_image_stays_constant() -> None:
    np.testing.assert_array_equal(io.resize_image(np.full((4, 5, 3), 7.0), (2, 9)), 7)


def test_halving_takes_the_mean_of_pairs() -> None:
    image = np.arange(8, dtype=float).reshape(1, 8, 1) * np.ones((8, 1, 1))
    np.testing.assert_allclose(io.resize_image(image, (4, 4))[0, :, 0], [0.5, 2.5, 4.5, 6.5])


@pytest.mark.parametrize("kind", [np.uint8, np.int32, bool, np.float32])
@pytest.mark.parametrize("order", [0, 1, 3])
def test_zoom_keeps_the_type_as_scipys_does(kind: type, order: int) -> None:
    ndimage = pytest.importorskip("scipy.ndimage")
    random = np.random.default_rng(0)
    image = random.random((5, 6, 2)) * (2 if kind is bool else 200) - (kind is np.int32) * 100
    image = image.astype(kind)
    expected = ndimage.zoom(image, (9 / 5, 4 / 6, 1), order=order)
    resized = resizing.zoom(image, (9, 4), order)
    assert resized.dtype == expected.dtype
    np.testing.assert_allclose(resized.astype(float), expected.astype(float), atol=1e-4)
