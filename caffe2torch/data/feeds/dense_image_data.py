"""DenseImageData: batches of images and label images, mirrored, turned and cropped together.

Source: SegNet's and DeepDetect's caffe dense_image_data_layer.cpp
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caffe2torch.data import transform
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
from caffe2torch.data.transform import mean_and_scale
from caffe2torch.errors import ShapeError

if TYPE_CHECKING:
    import numpy as np

    from caffe2torch import caffe_pb2 as pb


class DenseImageData(PairFeed):
    """Reads the pairs of images of dense_image_data_param.source."""

    source_field = "dense_image_data_param.source"
    param_field = "dense_image_data_param"

    @classmethod
    def top_shapes(
        cls, param: pb.LayerParameter, train: bool, base: str | None = None
    ) -> list[Shape]:
        fields = param.dense_image_data_param
        check_sizes(fields, cls.param_field)
        image, _ = pairs_of(fields, base)[0]
        pixels = read_pixels(fields, image, base)
        transform.output_shape(mean_and_scale(param.transform_param), pixels.shape)
        size = crop_of(param) or pixels.shape[1:]
        cropped(Pair(pixels, pixels), size, None)
        n = fields.batch_size
        shapes: list[Shape] = [(n, len(pixels), *size), (n, fields.one_hot_nclasses or 1, *size)]
        return shapes[: len(param.top)]

    def pair(self, index: int, image: str, label: str, rng: np.random.Generator) -> Pair:
        import numpy as np

        fields = self.fields
        pixels = read_pixels(fields, image, self.site.base)
        labels = read_labels(fields.root_folder + label, self.site.base)
        if fields.new_height:
            labels = interpolate(labels, fields.new_height, fields.new_width, "NEAREST")
        pair = self.finished(checked(Pair(pixels, labels)), index, rng)
        pair = mirrored(pair, fields.mirror and bool(rng.integers(2)))
        if fields.rotate:
            turns = int(rng.integers(4))
            pair = pair.each(lambda map_: np.rot90(map_, -turns, axes=(1, 2)))
        if fields.crop_height:
            pair = cropped(pair, (fields.crop_height, fields.crop_width), rng)
        size = crop_of(self.whole)
        if size and not fields.crop_height:
            pair = cropped(pair, size, rng if self.site.train else None)
        pair = mirrored(pair, self.whole.transform_param.mirror and bool(rng.integers(2)))
        if not fields.one_hot_nclasses:
            return pair
        classes = np.arange(fields.one_hot_nclasses)[:, None, None]
        return Pair(pair.pixels, pair.labels == classes)


def crop_of(param: pb.LayerParameter) -> tuple[int, int] | None:
    """Height and width of the crop, None for none. Raises ShapeError for half of a size."""
    dense, crop = param.dense_image_data_param, param.transform_param.crop_size
    if bool(dense.crop_height) != bool(dense.crop_width):
        raise ShapeError(
            f"crop_height {dense.crop_height} and crop_width {dense.crop_width}: one of them is 0",
            field="dense_image_data_param.crop_height",
            hint="set both, or neither",
        )
    if dense.rotate and dense.new_height != dense.new_width:
        raise ShapeError(
            "rotate needs square images",
            field="dense_image_data_param.rotate",
            hint="set new_height and new_width to the same number",
        )
    if crop:
        return crop, crop
    return (dense.crop_height, dense.crop_width) if dense.crop_height else None
