"""The sizes of annotated images, and which part of transform_param the plain transform does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data import interpolate, transform
from caffe2torch.data.annotated import read
from caffe2torch.data.record import at_record
from caffe2torch.data.sources import Source
from caffe2torch.errors import DataError, ShapeError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Mirror and crop move the boxes too, so they are not left to the plain transform either.
_OWN = ("resize_param", "distort_param", "expand_param", "crop_h", "crop_w", "crop_size", "mirror")
LEFT_OUT = ("noise_param", "geometry_param")


def mean_and_scale(param: pb.TransformationParameter) -> pb.TransformationParameter:
    """Return what is left of transform_param without all that moves pixels: mean and scale."""
    plain = pb.TransformationParameter()
    plain.CopyFrom(param)
    for name in (*_OWN, *LEFT_OUT):
        plain.ClearField(name)
    return plain


def crop_size(param: pb.TransformationParameter, height: int, width: int) -> tuple[int, int]:
    """Height and width after cropping; raises ShapeError if the image is smaller."""
    crop = (param.crop_size or param.crop_h or height, param.crop_size or param.crop_w or width)
    if crop[0] > height or crop[1] > width:
        raise ShapeError(
            f"the crop {crop[0]}x{crop[1]} is larger than the image, {height}x{width}",
            field="transform_param.crop_size" if param.crop_size else "transform_param.crop_h",
        )
    return crop


def first_sizes(
    source: Source, param: pb.TransformationParameter
) -> tuple[transform.Shape3, transform.Shape3, int]:
    """Return the first record's shape (C, H, W) resized, the same cropped, and its boxes."""
    cursor = source.cursor()
    with at_record(source.path, cursor.key):
        item = read(cursor.value, param)
    c, h, w = item.pixels.shape
    if param.HasField("resize_param"):
        interpolate.check(param.resize_param)
        h, w = interpolate.new_size(param.resize_param, h, w)
    transform.output_shape(mean_and_scale(param), (c, h, w))
    return (c, h, w), (c, *crop_size(param, h, w)), len(item.boxes)


def stacked(
    images: list[NDArray[np.float32]], describe: Callable[[int], str]
) -> NDArray[np.float32]:
    """Make one batch (N, C, H, W). Raises DataError naming an image of another shape."""
    import numpy as np

    for index, image in enumerate(images):
        if image.shape != images[0].shape:
            raise DataError(
                f"{describe(index)} comes to {image.shape}, and the batch began with "
                f"{images[0].shape}",
                hint="use batch_size: 1, or set transform_param.resize_param",
            )
    return np.stack(images)
