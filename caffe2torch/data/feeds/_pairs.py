"""Feeds whose batches are images with a map of labels each, from a list of both.

Source: Caffe src/caffe/layers/image_data_layer.cpp for the order and its shuffling
"""

from __future__ import annotations

from abc import abstractmethod
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.annotated_sizes import mean_and_scale, stacked
from caffe2torch.data.feeds._pairs_fold import Pair, read_pairs
from caffe2torch.data.feeds.base import Seat, positive
from caffe2torch.data.feeds.image_data import ImageData
from caffe2torch.data.images import read_image
from caffe2torch.errors import C2TError, ShapeError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PIXELS = 2  # purpose of random numbers
_GEOMETRY = ("crop_width", "crop_height", "scale_factors", "rotate")
_COMMON = ("source", "batch_size", "shuffle", "rand_skip", "root_folder")


class PairFeed(ImageData):
    """Reads the pairs of a list; what is done to each is up to the subclass.

    own_field: the field of the layer that says what is read, and how.
    """

    own_field: str

    def __init__(self, seat: Seat) -> None:
        self.whole = seat.param
        self.own = getattr(seat.param, self.own_field)
        check_sizes(self.own, self.own_field)
        plain = pb.LayerParameter(name=seat.param.name, top=seat.param.top)
        for name in _COMMON:
            setattr(plain.image_data_param, name, getattr(self.own, name))
        plain.transform_param.CopyFrom(mean_and_scale(seat.param.transform_param))
        for name in _GEOMETRY:
            plain.transform_param.ClearField(name)
        super().__init__(replace(seat, param=plain))
        self.pairs = pairs_of(self.own, seat.base)
        self.lines = [(name, 0) for name, _ in self.pairs]
        self.order = self._order()

    def next_batch(self) -> list[NDArray[np.float32]]:
        import numpy as np

        self.taken = [self._next_line() for _ in range(self.param.batch_size)]
        self._pool = self._pool or ThreadPoolExecutor(thread_name_prefix="decode")
        pairs = list(self._pool.map(self._item, range(len(self.taken))))
        self.batches += 1
        data = stacked([pair.pixels for pair in pairs], self.describe)
        labels = stacked([pair.labels for pair in pairs], self.describe).astype(np.float32)
        return [data, labels, *self.more()][: len(self.whole.top)]

    def _item(self, index: int) -> Pair:
        rng = self.seat.rng(_PIXELS, self.batches, index)
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


def pairs_of(own: Any, base: str | None) -> list[tuple[str, str]]:
    """Return the two words of each line; the second is "" where label_type is NONE."""
    single = getattr(own, "label_type", None) == pb.ImageDataParameter.NONE
    return read_pairs(own.source, base, both=not single)


def read_pixels(own: Any, name: str, base: str | None) -> NDArray[np.uint8]:
    """Read the image of a line, resized if new_height and new_width say so."""
    path = own.root_folder + name
    return read_image(path, own.new_height, own.new_width, own.is_color, base)


def mirrored(pair: Pair, flip: bool) -> Pair:
    """Exchange left and right of both if `flip`."""
    return pair.each(lambda map_: map_[..., ::-1]) if flip else pair


def check_sizes(own: Any, own_field: str) -> None:
    """Raise ShapeError for a batch_size of 0, and for one of new_height and new_width."""
    positive(own.batch_size, f"{own_field}.batch_size")
    if bool(own.new_height) != bool(own.new_width):
        raise ShapeError(
            f"new_height {own.new_height} and new_width {own.new_width}: one of them is 0",
            field=f"{own_field}.new_height",
            hint="set both, or neither",
        )
