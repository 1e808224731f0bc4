"""caffe.Classifier: a net that classifies images, with or without averaging over ten crops.

Source: Caffe python/caffe/classifier.py
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caffe2torch.pycaffe import io
from caffe2torch.pycaffe.net import Net

TEST = 1


class ImageNet(Net):
    """A TEST net with a Transformer for its first input, which takes images (H, W, C)."""

    def __init__(
        self,
        model_file: str,
        pretrained_file: str,
        mean: NDArray[Any] | None = None,
        input_scale: float | None = None,
        raw_scale: float | None = None,
        channel_swap: Sequence[int] | None = None,
    ) -> None:
        super().__init__(model_file, TEST, weights=pretrained_file)
        name = self.inputs[0]
        self.transformer = io.Transformer({name: self.blobs[name].shape})
        self.transformer.set_transpose(name, (2, 0, 1))
        if mean is not None:
            self.transformer.set_mean(name, mean)
        if input_scale is not None:
            self.transformer.set_input_scale(name, input_scale)
        if raw_scale is not None:
            self.transformer.set_raw_scale(name, raw_scale)
        if channel_swap is not None:
            self.transformer.set_channel_swap(name, channel_swap)

    def _predict_each(self, images: Any) -> NDArray[np.float32]:
        """Return the first output for each image, which the Transformer prepares."""
        name = self.inputs[0]
        prepared = [self.transformer.preprocess(name, image) for image in images]
        batch = np.stack(prepared).astype(np.float32, copy=False)
        arrays: Any = {name: batch}
        return self.forward_all(**arrays)[self.outputs[0]]


class Classifier(ImageNet):
    """Classifies images.

    image_dims: (height, width) to which images are resized before they are cropped; by default
                the net's own input size
    mean, input_scale, raw_scale, channel_swap: as in caffe.io.Transformer
    """

    def __init__(
        self,
        model_file: str,
        pretrained_file: str,
        image_dims: Sequence[int] | None = None,
        mean: NDArray[Any] | None = None,
        input_scale: float | None = None,
        raw_scale: float | None = None,
        channel_swap: Sequence[int] | None = None,
    ) -> None:
        super().__init__(model_file, pretrained_file, mean, input_scale, raw_scale, channel_swap)
        self.crop_dims = np.array(self.blobs[self.inputs[0]].shape[2:])
        given = image_dims is not None and len(image_dims) > 0
        self.image_dims: Any = image_dims if given else self.crop_dims

    def predict(
        self, inputs: Sequence[NDArray[Any]], oversample: bool = True
    ) -> NDArray[np.float32]:
        """Return class probabilities (N, C) of N images (H, W, K).

        oversample: average over corners, centre and their mirror images; False takes the centre
        """
        resized = np.zeros((len(inputs), *self.image_dims, inputs[0].shape[2]), np.float32)
        for i, image in enumerate(inputs):
            resized[i] = io.resize_image(image, self.image_dims)
        if not oversample:
            return self._predict_each(self._centre(resized))
        scores = self._predict_each(io.oversample(resized, self.crop_dims))
        mean: NDArray[np.float32] = scores.reshape(len(scores) // 10, 10, -1).mean(1)
        return mean

    def _centre(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        middle, half = np.array(self.image_dims) / 2.0, self.crop_dims / 2.0
        top, left = (middle - half).astype(int)
        bottom, right = (middle + half).astype(int)
        return images[:, top:bottom, left:right]
