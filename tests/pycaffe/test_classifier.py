"""caffe.Classifier against single crops run by hand."""

from __future__ import annotations

import numpy as np

from caffe2torch import pycaffe as caffe
from tests.pycaffe.imagenet import scores


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
