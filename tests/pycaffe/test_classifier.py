"""caffe.Classifier and caffe.Detector against single crops run by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from caffe2torch import pycaffe as caffe

NET = """
layer { name: "data" type: "Input" top: "data"
  input_param { shape { dim: 3 dim: 3 dim: 4 dim: 4 } } }
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
  inner_product_param { num_output: 5 weight_filler { type: "gaussian" std: 0.005 } } }
layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" }
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    proto, weights = str(tmp_path / "net.prototxt"), str(tmp_path / "net.caffemodel")
    Path(proto).write_text(NET)
    caffe.set_random_seed(1)
    caffe.Net(proto, caffe.TEST).save(weights)
    return proto, weights


def scores(net: caffe.Net, crops: list[np.ndarray]) -> np.ndarray:
    """What the net gives for crops (4, 4, 3) in RGB from 0 to 1, prepared by hand."""
    w, b = (blob.data for blob in net.params["ip"])
    blobs = np.stack([crop[:, :, ::-1].transpose(2, 0, 1) * 255 - 100 for crop in crops])
    values = np.exp(blobs.reshape(len(crops), -1) @ w.T + b)
    result: np.ndarray = values / values.sum(1, keepdims=True)
    return result


def test_a_prediction_is_the_mean_over_ten_crops(files: tuple[str, str]) -> None:
    net = caffe.Classifier(
        *files, image_dims=(6, 8), mean=np.full(3, 100.0), raw_scale=255, channel_swap=(2, 1, 0)
    )
    image = np.random.default_rng(0).random((6, 8, 3)).astype(np.float32)
    corners = [(0, 0), (0, 4), (2, 0), (2, 4), (1, 2)]
    crops = [image[y : y + 4, x : x + 4] for y, x in corners]
    crops += [crop[:, ::-1] for crop in crops]
    expected = scores(net, crops)
    np.testing.assert_allclose(net.predict([image])[0], expected.mean(0), rtol=1e-4)
    centre = net.predict([image] * 4, oversample=False)
    np.testing.assert_allclose(centre, expected[[4] * 4], rtol=1e-4)


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
