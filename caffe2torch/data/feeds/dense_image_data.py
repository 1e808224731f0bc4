"""DenseImageData: batches of images and label images, mirrored, turned and cropped together.

Source: SegNet's and DeepDetect's caffe dense_image_data_layer.cpp
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caffe2torch.data import transform
from caffe2torch.data.annotated import mean_and_scale
from caffe2torch.data.feeds._pairs import (
    Pair,
    PairFeed,
    check_sizes,
    checked,
    cropped,
    mirrored,
    pairs_of,
    read_labels,
    read_pixels,
)
from caffe2torch.data.feeds.base import Shape
from caffe2torch.data.resize import interpolate
from caffe2torch.errors import ShapeError

if TYPE_CHECKING:
    import numpy as np

    from caffe2torch import caffe_pb2 as pb


class DenseImageData(PairFeed):
    """Reads the pairs of images of dense_image_data_param.source."""

    source_field = "dense_image_data_param.source"
    own_field = "dense_image_data_param"

    @classmethod
    def top_shapes(
        cls, param: pb.LayerParameter, train: bool, base: str | None = None
    ) -> list[Shape]:
        own = param.dense_image_data_param
        check_sizes(own, cls.own_field)
        image, _ = pairs_of(own, base)[0]
        pixels = read_pixels(own, image, base)
        transform.output_shape(mean_and_scale(param.transform_param), pixels.shape)
        size = crop_of(param) or pixels.shape[1:]
        cropped(Pair(pixels, pixels), size, None)
        n = own.batch_size
        shapes: list[Shape] = [(n, len(pixels), *size), (n, own.one_hot_nclasses or 1, *size)]
        return shapes[: len(param.top)]

    def pair(self, index: int, image: str, label: str, rng: np.random.Generator) -> Pair:
        import numpy as np

        own = self.own
        pixels = read_pixels(own, image, self.seat.base)
        labels = read_labels(own.root_folder + label, self.seat.base)
        if own.new_height:
            labels = interpolate(labels, own.new_height, own.new_width, "NEAREST")
        pair = self.finished(checked(Pair(pixels, labels)), index, rng)
        pair = mirrored(pair, own.mirror and bool(rng.integers(2)))
        if own.rotate:
            turns = int(rng.integers(4))
            pair = pair.each(lambda map_: np.rot90(map_, -turns, axes=(1, 2)))
        if own.crop_height:
            pair = cropped(pair, (own.crop_height, own.crop_width), rng)
        size = crop_of(self.whole)
        if size and not own.crop_height:
            pair = cropped(pair, size, rng if self.seat.train else None)
        pair = mirrored(pair, self.whole.transform_param.mirror and bool(rng.integers(2)))
        if not own.one_hot_nclasses:
            return pair
        classes = np.arange(own.one_hot_nclasses)[:, None, None]
        return Pair(pair.pixels, pair.labels == classes)


def crop_of(param: pb.LayerParameter) -> tuple[int, int] | None:
    """Height and width of the crop, None for none. Raises ShapeError for half of a size."""
    own, crop = param.dense_image_data_param, param.transform_param.crop_size
    if bool(own.crop_height) != bool(own.crop_width):
        raise ShapeError(
            f"crop_height {own.crop_height} and crop_width {own.crop_width}: one of them is 0",
            field="dense_image_data_param.crop_height",
            hint="set both, or neither",
        )
    if own.rotate and own.new_height != own.new_width:
        raise ShapeError(
            "rotate needs square images",
            field="dense_image_data_param.rotate",
            hint="set new_height and new_width to the same number",
        )
    if crop:
        return crop, crop
    return (own.crop_height, own.crop_width) if own.crop_height else None
