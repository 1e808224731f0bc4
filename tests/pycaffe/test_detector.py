"""caffe.Detector against single crops run by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from caffe2torch import pycaffe as caffe
from tests.pycaffe.imagenet import scores


def test_windows_are_cropped_resized_and_classified(files: tuple[str, str], tmp_path: Path) -> None:
    net = caffe.Detector(*files, mean=np.full(3, 100.0), raw_scale=255, channel_swap=(2, 1, 0))
    file = str(tmp_path / "x.png")
    Image.fromarray(np.random.default_rng(0).integers(256, size=(9, 9, 3), dtype=np.uint8)).save(
        file
    )
    image = caffe.io.load_image(file)
    windows = [np.array([0, 0, 4, 4]), np.array([1, 2, 9, 9])]
    found = net.detect_windows([(file, windows)])
    crops = [image[:4, :4], caffe.io.resize_image(image[1:9, 2:9], (4, 4))]
    expected = scores(net, crops)
    assert [one["filename"] for one in found] == [file, file]
    np.testing.assert_allclose([one["prediction"] for one in found], expected, rtol=1e-4)


def test_context_outside_the_image_is_the_mean(files: tuple[str, str]) -> None:
    net = caffe.Detector(*files, mean=np.full((3, 4, 4), 51.0), raw_scale=255, context_pad=1)
    image = np.ones((20, 20, 3), np.float32)
    crop = net.crop(image, np.array([0, 0, 7, 7]))  # doubled about its middle: -4 to 12
    assert crop.shape == (4, 4, 3)
    np.testing.assert_allclose(crop[0], 0.2)
    np.testing.assert_allclose(crop[1:, 1:], 1)


def test_nothing_to_classify_is_an_index_error(files: tuple[str, str]) -> None:
    with pytest.raises(IndexError, match="no window"):
        caffe.Detector(*files).detect_windows([])
