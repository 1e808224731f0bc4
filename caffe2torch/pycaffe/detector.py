"""caffe.Detector: a net that classifies windows of images, as R-CNN does.

Source: Caffe python/caffe/detector.py; Girshick, Donahue, Darrell and Malik 2014
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caffe2torch.pycaffe import io
from caffe2torch.pycaffe.classifier import ImageNet

Window = NDArray[Any]
Images = Iterable[tuple[str, Sequence[Window]]]


class Detector(ImageNet):
    """Classifies windows of images.

    mean, input_scale, raw_scale, channel_swap: as in caffe.io.Transformer
    context_pad: width in pixels of the border of the net's input that shows what lies around a
                 window; None for none
    """

    def __init__(
        self,
        model_file: str,
        pretrained_file: str,
        mean: NDArray[Any] | None = None,
        input_scale: float | None = None,
        raw_scale: float | None = None,
        channel_swap: Sequence[int] | None = None,
        context_pad: int | None = None,
    ) -> None:
        super().__init__(model_file, pretrained_file, mean, input_scale, raw_scale, channel_swap)
        self.configure_crop(context_pad)

    def detect_windows(self, images_windows: Images) -> list[dict[str, Any]]:
        """Return for each window a dict of filename, window and prediction.

        images_windows: image file -> its windows, each (ymin, xmin, ymax, xmax)
        Raises: IndexError without any window.
        """
        pairs = [(file, list(windows)) for file, windows in images_windows]
        crops, sources = [], []
        for file, windows in pairs:
            image = io.load_image(file).astype(np.float32)
            for window in windows:
                crops.append(self.crop(image, window))
                sources.append((file, window))
        if not crops:
            raise IndexError("there is no window to classify")
        predictions = self._predict_each(crops)
        return [
            {"window": window, "prediction": prediction, "filename": file}
            for (file, window), prediction in zip(sources, predictions, strict=True)
        ]

    def detect_selective_search(self, image_fnames: Sequence[str]) -> list[dict[str, Any]]:
        """Classify the windows that Selective Search proposes.

        Differs: nothing; the package and MATLAB must be there

        Raises: ImportError without the package selective_search_ijcv_with_python, which runs
        MATLAB.
        """
        selective_search = import_module("selective_search_ijcv_with_python")

        files = [str(Path(name).resolve()) for name in image_fnames]
        windows = selective_search.get_windows(files, cmd="selective_search_rcnn")
        return self.detect_windows(zip(files, windows, strict=True))

    def crop(self, im: NDArray[Any], window: Window) -> NDArray[Any]:
        """Cut a window (ymin, xmin, ymax, xmax) out of an image (H, W, K).

        With context_pad the result has the net's input size: the window with its surroundings,
        and the mean where they lie outside the image.
        """
        if not self.context_pad:
            y0, x0, y1, x1 = (int(n) for n in window)
            cut: NDArray[Any] = im[y0:y1, x0:x1]
            return cut
        size = self.blobs[self.inputs[0]].width
        box = self._with_context(np.asarray(window, float), size)
        full = box[2:] - box[:2] + 1
        scale = size / full
        pad = np.round(np.maximum(0, -box[:2]) * scale).astype(int)
        limits = np.array(im.shape[:2] * 2, float)
        box = np.clip(box, 0.0, limits)
        inside = box[2:] - box[:2] + 1
        assert (inside > 0).all(), f"the window {window} lies outside the image"
        extent = np.minimum(np.round(inside * scale).astype(int), size - pad)
        y0, x0, y1, x1 = box.astype(int)
        result: NDArray[Any] = np.ones(self.crop_dims, np.float32) * self.crop_mean
        part = io.resize_image(im[y0:y1, x0:x1], extent)
        result[pad[0] : pad[0] + extent[0], pad[1] : pad[1] + extent[1]] = part
        return result

    def _with_context(self, window: Window, size: int) -> NDArray[np.float64]:
        """Return the window enlarged so that its border becomes context_pad pixels of `size`."""
        scale = size / (size - 2.0 * (self.context_pad or 0))
        half = (window[2:] - window[:2] + 1) / 2.0
        centre = window[:2] + half
        box: NDArray[np.float64] = np.round(
            np.concatenate([centre - scale * half, centre + scale * half])
        )
        return box

    def configure_crop(self, context_pad: int | None) -> None:
        """Set the border; its filling is the mean, as an image before all preparation."""
        name = self.inputs[0]
        transformer = self.transformer
        back = np.argsort(transformer.transpose[name])
        self.context_pad = context_pad
        self.crop_dims = np.array(self.blobs[name].shape[1:])[back]
        self.crop_mean: NDArray[Any] = np.zeros(self.crop_dims, np.float32)
        mean = transformer.mean.get(name)
        if not context_pad or mean is None:
            return
        image = mean.copy().transpose(back)
        if name in transformer.channel_swap:
            image = image[:, :, np.argsort(transformer.channel_swap[name])]
        if name in transformer.raw_scale:
            image /= transformer.raw_scale[name]
        self.crop_mean = image
