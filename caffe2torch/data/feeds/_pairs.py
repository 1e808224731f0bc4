"""Feeds whose batches are images with a map of labels each, from a list of both.

Every turn, crop and resize moves an image and its labels alike.

Source: Caffe src/caffe/layers/image_data_layer.cpp for the order and its shuffling; SegNet's and
        DeepDetect's caffe dense_image_data_layer.cpp; DeepLab's caffe image_seg_data_layer.cpp and
        data_transformer.cpp, TransformImgAndSeg
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.feeds.base import Sample, Samples, SourceSite, positive, stack
from caffe2torch.data.feeds.image_data import DECODED, PIXELS, ImageData
from caffe2torch.data.images import decode_image, read_bytes, read_image
from caffe2torch.data.lists import read_list
from caffe2torch.data.resize import interpolate
from caffe2torch.data.transform import mean_and_scale
from caffe2torch.errors import C2TError, DataError, ShapeError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


# Fields of transform_param that the subclasses apply.
_GEOMETRY = ("crop_width", "crop_height", "scale_factors", "rotate")

# Fields of image_data_param that other parameters have too.
_COMMON = ("source", "batch_size", "shuffle", "rand_skip", "root_folder")


@dataclass(frozen=True)
class Pair:
    """Pixels (C, H, W), and the label (1, H, W) of each of them."""

    pixels: NDArray[Any]
    labels: NDArray[Any]

    def each(self, change: Any) -> Pair:
        """Apply a function to both."""
        return Pair(change(self.pixels), change(self.labels))


class PairFeed(ImageData):
    """Reads the pairs of a list; what is done to each is up to the subclass.

    param_field: the field of the layer that says what is read, and how.
    """

    param_field: str

    def __init__(self, site: SourceSite) -> None:
        self.whole = site.param
        self.fields = getattr(site.param, self.param_field)
        check_sizes(self.fields, self.param_field)
        plain = pb.LayerParameter(name=site.param.name, top=site.param.top)
        for name in _COMMON:
            setattr(plain.image_data_param, name, getattr(self.fields, name))
        plain.transform_param.CopyFrom(mean_and_scale(site.param.transform_param))
        for name in _GEOMETRY:
            plain.transform_param.ClearField(name)
        super().__init__(replace(site, param=plain))
        self.pairs = pairs_of(self.fields, site.base)
        self.lines = [(name, 0) for name, _ in self.pairs]
        self.order = self._order()

    @classmethod
    def samples(
        cls, param: pb.LayerParameter, train: bool, base: str | None, limit: int
    ) -> Samples:
        fields = getattr(param, cls.param_field)
        check_sizes(fields, cls.param_field)
        pairs = pairs_of(fields, base)
        return Samples(len(pairs), cls._samples(fields, pairs, base, limit))

    @classmethod
    def _samples(
        cls, fields: Any, pairs: list[tuple[str, str]], base: str | None, limit: int
    ) -> Iterator[Sample]:
        """Yield the pixels and labels of some images spread over the list."""
        step = max(1, len(pairs) // min(limit, DECODED))
        for name, label in pairs[::step]:
            pixels = read_pixels(fields, name, base)
            yield Sample(pixels, None, 0, encoded=True, map=cls.label_map(fields, label, base))

    @classmethod
    def label_map(cls, fields: Any, label: str, base: str | None) -> NDArray[np.uint8] | None:
        """Read the labels that the second word of a line names; None if it names no image."""
        return read_labels(fields.root_folder + label, base)

    def next_batch(self) -> list[NDArray[np.float32]]:
        import numpy as np

        self.taken = [self._next_line() for _ in range(self.param.batch_size)]
        pairs = self.workers.map(self._item, range(len(self.taken)))
        self.batches += 1
        data = stack([pair.pixels for pair in pairs], self.describe)
        labels = stack([pair.labels for pair in pairs], self.describe).astype(np.float32)
        return [data, labels, *self.more()][: len(self.whole.top)]

    def _item(self, index: int) -> Pair:
        rng = self.site.rng(PIXELS, self.batches, index)
        try:
            return self.pair(index, *self.pairs[self.taken[index]], rng)
        except C2TError as error:
            error.message = f"{self.describe(index)}: {error.message}"
            raise

    @abstractmethod
    def pair(self, index: int, image: str, label: str, rng: np.random.Generator) -> Pair:
        """Make item `index` of the batch from the two words of its line."""

    def more(self) -> list[NDArray[np.float32]]:
        """Return what the tops after the second one hold."""
        return []

    def finished(self, pair: Pair, index: int, rng: np.random.Generator) -> Pair:
        """Subtract the mean and scale; labels stay as they are."""
        pixels = self.transform([pair.pixels], rng, lambda _: self.describe(index))[0]
        return Pair(pixels, pair.labels)


def check_sizes(param: Any, param_field: str) -> None:
    """Raise ShapeError for a batch_size of 0, and for one of new_height and new_width."""
    positive(param.batch_size, f"{param_field}.batch_size")
    if bool(param.new_height) != bool(param.new_width):
        raise ShapeError(
            f"new_height {param.new_height} and new_width {param.new_width}: one of them is 0",
            field=f"{param_field}.new_height",
            hint="set both, or neither",
        )


def pairs_of(param: Any, base: str | None) -> list[tuple[str, str]]:
    """Return the two words of each line; the second is "" where label_type is NONE."""
    single = getattr(param, "label_type", None) == pb.ImageDataParameter.NONE
    return read_pairs(param.source, base, both=not single)


def read_pairs(path: str, base: str | None, both: bool = True) -> list[tuple[str, str]]:
    """Return the words of a list two by two; without `both` one a line, with "" for the second.

    Raises: DataError if the list cannot be read, or has an odd number of words.
    """
    text = read_list(path, base)
    if not both:
        return [(line.split()[0], "") for line in text.splitlines() if line.split()]
    words = text.split()
    if len(words) % 2 or not words:
        raise DataError(
            f'list "{path}" has {len(words)} words',
            hint='write lines of "image label-image", without blanks in the names',
        )
    return list(zip(words[::2], words[1::2], strict=True))


def read_pixels(param: Any, name: str, base: str | None) -> NDArray[np.uint8]:
    """Read the image of a line, resized if new_height and new_width say so."""
    path = param.root_folder + name
    return read_image(path, param.new_height, param.new_width, param.is_color, base)


def read_labels(path: str, base: str | None) -> NDArray[np.uint8]:
    """Read a label image to (1, H, W); colours become gray. Raises DataError if it is none."""
    try:
        return decode_image(read_bytes(path, base), "gray")
    except DataError as error:
        raise DataError(f'"{path}": {error.message}') from None


def checked(pair: Pair) -> Pair:
    """Return the pair. Raises DataError if its parts differ in size."""
    if pair.pixels.shape[1:] != pair.labels.shape[1:]:
        raise DataError(
            f"the image is {pair.pixels.shape[1:]} pixels, and its labels {pair.labels.shape[1:]}",
            hint="set new_height and new_width, or store label images of the same size",
        )
    return pair


def resized(pair: Pair, height: int, width: int) -> Pair:
    """Resize pixels linearly, and labels to those of the nearest pixels."""
    pixels = interpolate(pair.pixels, height, width, "LINEAR")
    return Pair(pixels, interpolate(pair.labels, height, width, "NEAREST"))


def padded(pair: Pair, height: int, width: int, label: int) -> Pair:
    """Fill up at the bottom and on the right: pixels with 0, labels with `label`."""
    import numpy as np

    _, h, w = pair.pixels.shape
    sides = ((0, 0), (0, max(0, height - h)), (0, max(0, width - w)))
    pixels = np.pad(pair.pixels, sides)
    return Pair(pixels, np.pad(pair.labels, sides, constant_values=label))


def cropped(pair: Pair, size: tuple[int, int], rng: np.random.Generator | None) -> Pair:
    """Crop to `size`, (height, width): anywhere with `rng`, else in the middle.

    Raises: ShapeError if the image is smaller.
    """
    _, h, w = pair.pixels.shape
    if size[0] > h or size[1] > w:
        raise ShapeError(
            f"the crop {size[0]}x{size[1]} is larger than the image, {h}x{w}",
            field="transform_param.crop_size",
            hint="crop less, or store larger images",
        )
    free = (h - size[0], w - size[1])
    y, x = (int(rng.integers(n + 1)) if rng else n // 2 for n in free)
    return pair.each(lambda map_: map_[:, y : y + size[0], x : x + size[1]])


def mirrored(pair: Pair, flip: bool) -> Pair:
    """Exchange left and right of both if `flip`."""
    return pair.each(lambda map_: map_[..., ::-1]) if flip else pair
