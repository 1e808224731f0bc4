"""WindowData: batches of windows of images, a fixed share of them objects (R-CNN).

Source: Caffe src/caffe/layers/window_data_layer.cpp
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data import transform
from caffe2torch.data.feeds.base import LayerFeed, Sample, Samples, Shape, SourceSite, positive
from caffe2torch.data.feeds.image_data import DECODED
from caffe2torch.data.images import decode_image, read_bytes
from caffe2torch.data.windows import Window, cut_out, place_window, read_windows
from caffe2torch.errors import DataError, ShapeError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class WindowData(LayerFeed):
    """Draws windows at random: first the background ones of a batch, then the objects.

    As in Caffe crop_size, mirror and the mean are those of transform_param, but the scale is
    window_data_param's, and a mean_file is cropped at its centre.
    """

    source_field = "window_data_param.source"

    def __init__(self, site: SourceSite) -> None:
        import numpy as np

        super().__init__(site)
        self.param = site.param.window_data_param
        self.size = positive(self.param.batch_size, "window_data_param.batch_size")
        self.crop = _crop(site.param)
        self.file = read_windows(self.param, site.base)
        self.transform = transform.Transform(site.param.transform_param, site.train, site.base)
        self.channels = self.file.images[-1][1]
        self.mean = self._mean()
        self.scale = np.float32(self.param.scale)
        self.batches = 0
        read = cache(read_bytes) if self.param.cache_images else read_bytes
        self._read = read

    @classmethod
    def top_shapes(
        cls, param: pb.LayerParameter, train: bool, base: str | None = None
    ) -> list[Shape]:
        size = positive(param.window_data_param.batch_size, "window_data_param.batch_size")
        crop = _crop(param)
        transform.check(param.transform_param)
        channels = read_windows(param.window_data_param, base).images[-1][1]
        return [(size, channels, crop, crop), (size,)]

    @classmethod
    def samples(
        cls, param: pb.LayerParameter, train: bool, base: str | None, limit: int
    ) -> Samples:
        windows = param.window_data_param
        file = read_windows(windows, base)
        paths = [path for path, *_ in file.images]
        labels = _labels(file.foreground, windows.fg_fraction, limit)
        return Samples(len(paths), chain(_samples(paths, base, limit), labels))

    @classmethod
    def set_up_lines(
        cls, param: pb.LayerParameter, base: str | None = None
    ) -> Iterator[tuple[str, str]]:
        windows = param.window_data_param
        file = read_windows(windows, base)
        yield (
            "window_data_layer.cpp:53",
            "Window data layer:\n"
            f"  foreground (object) overlap threshold: {windows.fg_threshold:g}\n"
            f"  background (non-object) overlap threshold: {windows.bg_threshold:g}\n"
            f"  foreground sampling fraction: {windows.fg_fraction:g}\n"
            f"  cache_images: {int(windows.cache_images)}\n"
            f"  root_folder: {windows.root_folder}",
        )
        for number, (path, *shape) in list(enumerate(file.images))[::100]:
            words = " ".join(map(str, (number, path, *shape)))
            yield (
                "window_data_layer.cpp:148",
                f"num: {words} windows to process: {file.counts[number]}",
            )
        yield "window_data_layer.cpp:157", f"Number of images: {len(file.images)}"
        classes = Counter(window.label for window in file.foreground + file.background)
        for label, count in sorted(classes.items()):
            yield "window_data_layer.cpp:161", f"class {label} has {count} samples"
        yield "window_data_layer.cpp:165", f"Amount of context padding: {windows.context_pad}"
        yield "window_data_layer.cpp:168", f"Crop mode: {windows.crop_mode}"

    def _mean(self) -> NDArray[np.float32]:
        """Mean to subtract, (C, crop, crop) or (C or 1, 1, 1)."""
        import numpy as np

        given = self.transform
        if given.mean is None:
            transform.output_shape(given.param, (self.channels, self.crop, self.crop))
            return (given.values if given.values.size else np.zeros(1, np.float32))[:, None, None]
        _, height, width = given.mean.shape
        # Caffe derives both offsets from the width.
        off = (width - self.crop) // 2
        if off < 0 or off + self.crop > height or len(given.mean) != self.channels:
            raise ShapeError(
                f"mean_file is {given.mean.shape}, and the windows are "
                f"{(self.channels, self.crop, self.crop)}",
                field="transform_param.mean_file",
                hint="use a mean of at least that size",
            )
        return given.mean[:, off : off + self.crop, off : off + self.crop]

    def next_batch(self) -> list[NDArray[np.float32]]:
        import numpy as np

        rng = self.site.rng(self.batches)
        objects = int(np.float32(self.size) * np.float32(self.param.fg_fraction))
        kinds = [self.file.background] * (self.size - objects) + [self.file.foreground] * objects
        data = np.zeros((self.size, self.channels, self.crop, self.crop), np.float32)
        labels = np.zeros(self.size, np.float32)
        for item, windows in enumerate(kinds):
            window = windows[int(rng.integers(len(windows)))]
            mirror = self.transform.param.mirror and bool(rng.integers(2))
            self._place(window, mirror, data[item])
            labels[item] = window.label
        self.batches += 1
        return [data, labels]

    def _place(self, window: Window, mirror: bool, out: NDArray[np.float32]) -> None:
        """Write the pixels of a window into `out` (C, crop, crop); padding stays 0."""
        path = self.file.images[window.image][0]
        try:
            pixels = decode_image(self._read(path, self.site.base), "color")
            place = place_window(
                window.box, pixels.shape[1:], self.crop, self.param.context_pad,
                self.param.crop_mode == "square", mirror,
            )  # fmt: skip
            piece = cut_out(pixels, place, mirror)
        except DataError as error:
            error.message = f'"{self.param.source}", image "{path}": {error.message}'
            raise
        rows = slice(place.top, place.top + place.height)
        columns = slice(place.left, place.left + place.width)
        mean = self.mean if self.mean.shape[1:] == (1, 1) else self.mean[:, rows, columns]
        out[:, rows, columns] = (piece - mean) * self.scale

    def state(self) -> dict[str, Any]:
        return {"batch": self.batches}

    def restore(self, state: dict[str, Any]) -> None:
        self.batches = int(state["batch"])


def _samples(paths: list[str], base: str | None, limit: int) -> Iterator[Sample]:
    """Yield some of the images that the windows are cut from."""
    step = max(1, len(paths) // min(limit, DECODED))
    for path in paths[::step]:
        yield Sample(decode_image(read_bytes(path, base), "color"), None, 0, encoded=True)


def _labels(objects: list[Window], share: float, limit: int) -> Iterator[Sample]:
    """Yield labels as often as batches have them; drawn at random, none follows another."""
    step = max(1, len(objects) // limit)
    for i, window in enumerate(objects[::step]):
        yield Sample(None, window.label, i)
    background = round(len(objects[::step]) * (1 - share) / share) if share > 0 else 0
    for i in range(min(background, 10 * limit)):
        yield Sample(None, 0, -1 - i)


def _crop(param: pb.LayerParameter) -> int:
    crop = param.transform_param.crop_size
    old = param.window_data_param.crop_size
    if not crop:
        raise ShapeError(
            "crop_size is not set, and it is the size of the windows",
            field="window_data_param.crop_size" if old else "transform_param.crop_size",
            hint=f"set transform_param.crop_size{' (window_data_param has it)' if old else ''}",
        )
    if 2 * param.window_data_param.context_pad >= crop:
        raise ShapeError(
            f"context_pad {param.window_data_param.context_pad} leaves nothing of crop_size {crop}",
            field="window_data_param.context_pad",
            hint=f"use less than {crop // 2}",
        )
    return crop
