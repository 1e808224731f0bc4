"""A data layer in Python: every batch is images of a bright square, labelled by its corner.

layer { name: "data" type: "Python" top: "data" top: "label"
        python_param { module: "blobs_layer" layer: "Corners" param_str: '{"batch": 16}' } }
"""

import json

import caffe
import numpy as np


class Corners(caffe.Layer):
    """Makes images (batch, 1, 8, 8) and labels (batch), 0 to 3."""

    def setup(self, bottom, top):
        self.batch = json.loads(self.param_str)["batch"]
        self.random = np.random.default_rng(0)

    def reshape(self, bottom, top):
        top[0].reshape(self.batch, 1, 8, 8)
        top[1].reshape(self.batch)

    def forward(self, bottom, top):
        labels = self.random.integers(4, size=self.batch)
        images = self.random.normal(0, 0.1, (self.batch, 1, 8, 8))
        for image, label in zip(images, labels, strict=True):
            y, x = divmod(int(label), 2)
            image[0, 4 * y : 4 * y + 4, 4 * x : 4 * x + 4] += 1
        top[0].data[...] = images
        top[1].data[...] = labels

    def backward(self, top, propagate_down, bottom):
        pass
