"""caffe.io: images in and out, arrays as protobuf messages, and the Transformer.

Source: Caffe python/caffe/io.py
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from operator import index
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from caffe2torch import caffe_pb2  # programs take it from here
from caffe2torch import caffe_pb2 as pb
from caffe2torch.inputs import opened
from caffe2torch.pycaffe.resizing import resize, zoom

Array = NDArray[Any]

__all__ = [
    "Transformer", "array_to_blobproto", "array_to_datum", "arraylist_to_blobprotovector_str",
    "blobproto_to_array", "blobprotovector_str_to_arraylist", "caffe_pb2", "datum_to_array",
    "load_image", "oversample", "resize_image",
]  # fmt: skip

# Luma of ITU-R BT.709 as skimage.color.rgb2gray had it.
GRAY = (0.2125, 0.7154, 0.0721)


# Arrays and messages.


def blobproto_to_array(blob: pb.BlobProto, return_diff: bool = False) -> Array:
    """Return the values (or gradients) of a BlobProto, float64, in its shape, old style or new.

    Raises: ValueError if they do not fit the shape, or there is none.
    """
    values = np.array(blob.diff if return_diff else blob.data, dtype=float)  # as in Caffe
    old = ("num", "channels", "height", "width")
    if any(blob.HasField(name) for name in old):
        return values.reshape([getattr(blob, name) for name in old])
    return values.reshape(blob.shape.dim)


def array_to_blobproto(arr: Array, diff: Array | None = None) -> pb.BlobProto:
    """Return a BlobProto with the values of an array, and gradients of the same shape."""
    blob = pb.BlobProto()
    blob.shape.dim.extend(arr.shape)
    blob.data.extend(arr.astype(float).flat)
    if diff is not None:
        blob.diff.extend(diff.astype(float).flat)
    return blob


def arraylist_to_blobprotovector_str(arraylist: Sequence[Array]) -> bytes:
    """Return arrays as a serialized BlobProtoVector."""
    vector = pb.BlobProtoVector(blobs=map(array_to_blobproto, arraylist))
    return vector.SerializeToString()


def blobprotovector_str_to_arraylist(str: bytes) -> list[Array]:
    """Return the arrays of a serialized BlobProtoVector."""
    return [blobproto_to_array(blob) for blob in pb.BlobProtoVector.FromString(str).blobs]


def array_to_datum(arr: Array, label: int | None = None) -> pb.Datum:
    """Return a Datum of an array (C, H, W): uint8 as bytes, everything else as floats.

    Raises: ValueError for another number of axes.
    """
    if arr.ndim != 3:
        raise ValueError("Incorrect array shape.")
    channels, height, width = arr.shape
    datum = pb.Datum(channels=channels, height=height, width=width)
    if arr.dtype == np.uint8:
        datum.data = arr.tobytes()
    else:
        datum.float_data.extend(arr.astype(float).flat)
    if label is not None:
        datum.label = label
    return datum


def datum_to_array(datum: pb.Datum) -> Array:
    """Return the array (C, H, W) of a Datum that is not encoded."""
    shape = (datum.channels, datum.height, datum.width)
    if datum.data:
        pixels: Array = np.frombuffer(datum.data, np.uint8).reshape(shape).copy()
        return pixels
    values: Array = np.array(datum.float_data, dtype=float).reshape(shape)
    return values


# From an image to a blob.


class Transformer:
    """Prepares images for a net, input by input.

    inputs: input name -> shape of its blob, (N, C, H, W)
    A setter or `preprocess` raises Exception for a name that is no input.
    """

    def __init__(self, inputs: Mapping[str, Sequence[int]]) -> None:
        self.inputs = inputs
        self.transpose: dict[str, Sequence[int]] = {}
        self.channel_swap: dict[str, Sequence[int]] = {}
        self.raw_scale: dict[str, float | None] = {}
        self.mean: dict[str, Array] = {}
        self.input_scale: dict[str, float | None] = {}

    def _check_input(self, in_: str) -> None:
        if in_ not in self.inputs:
            raise Exception(f"{in_} is not one of the net inputs: {self.inputs}")

    def preprocess(self, in_: str, data: Array) -> Array:
        """Return an image (H', W', C) as the net wants it, (C, H, W) float32.

        In this order: resize; transpose; channel_swap; · raw_scale; − mean; · input_scale.
        Where nothing has to be moved, the caller's float32 array itself is scaled, as in Caffe.
        """
        self._check_input(in_)
        image = data.astype(np.float32, copy=False)
        size = self.inputs[in_][2:]
        if image.shape[:2] != size:  # a list is not equal to it, and resizes always, as in Caffe
            image = resize_image(image, size)
        if in_ in self.transpose:
            image = image.transpose(self.transpose[in_])
        if in_ in self.channel_swap:
            image = image[list(self.channel_swap[in_])]
        raw_scale, input_scale = self.raw_scale.get(in_), self.input_scale.get(in_)
        if raw_scale is not None:
            image *= raw_scale
        if in_ in self.mean:
            image -= self.mean[in_]
        if input_scale is not None:
            image *= input_scale
        return image

    def deprocess(self, in_: str, data: Array) -> Array:
        """Return the image that `preprocess` made `data` from, but for the resizing."""
        self._check_input(in_)
        image: Array = data.copy().squeeze()
        raw_scale, input_scale = self.raw_scale.get(in_), self.input_scale.get(in_)
        if input_scale is not None:
            image /= input_scale
        if in_ in self.mean:
            image += self.mean[in_]
        if raw_scale is not None:
            image /= raw_scale
        if in_ in self.channel_swap:
            image = image[np.argsort(self.channel_swap[in_])]
        if in_ in self.transpose:
            image = image.transpose(np.argsort(self.transpose[in_]))
        return image

    def set_transpose(self, in_: str, order: Sequence[int]) -> None:
        """Set the order of axes: (2, 0, 1) makes (C, H, W) of (H, W, C)."""
        self._check_input(in_)
        if len(order) != len(self.inputs[in_]) - 1:
            raise Exception(
                "Transpose order needs to have the same number of dimensions as the input."
            )
        self.transpose[in_] = order

    def set_channel_swap(self, in_: str, order: Sequence[int]) -> None:
        """Set the order of channels, after the transposing: (2, 1, 0) makes BGR of RGB."""
        self._check_input(in_)
        if len(order) != self.inputs[in_][1]:
            raise Exception(
                "Channel swap needs to have the same number of dimensions as the input channels."
            )
        self.channel_swap[in_] = order

    def set_raw_scale(self, in_: str, scale: float | None) -> None:
        """Set the factor before the mean is subtracted: 255 for images of 0 to 1; None for none."""
        self._check_input(in_)
        self.raw_scale[in_] = scale

    def set_mean(self, in_: str, mean: Array) -> None:
        """Set the mean: one number a channel, or an image (C, H, W), resized where it must be.

        Raises: ValueError if it does not fit.
        """
        self._check_input(in_)
        wanted = self.inputs[in_][1:]
        if mean.ndim == 1:
            if mean.shape[0] != wanted[0]:
                raise ValueError("Mean channels incompatible with input.")
            self.mean[in_] = mean[:, np.newaxis, np.newaxis]
            return
        shape = (1, *mean.shape) if mean.ndim == 2 else mean.shape
        if len(shape) != 3:
            raise ValueError("Mean shape invalid")
        self.mean[in_] = mean if shape == wanted else _resized_mean(mean, wanted[1:])

    def set_input_scale(self, in_: str, scale: float | None) -> None:
        """Set the factor after the mean is subtracted; None for none."""
        self._check_input(in_)
        self.input_scale[in_] = scale


def _resized_mean(mean: Array, size: Sequence[int]) -> NDArray[np.float32]:
    low, high = mean.min(), mean.max()
    unit = ((mean - low) / (high - low)).transpose((1, 2, 0))
    resized = resize_image(unit, size).transpose((2, 0, 1))
    scaled: NDArray[np.float32] = resized * np.float32(high - low) + np.float32(low)
    return scaled


# Images.


def load_image(
    filename: str | os.PathLike[str] | IO[bytes], color: bool = True
) -> NDArray[np.float32]:
    """Read an image as float32 from 0 to 1: (H, W, 3) in red, green, blue, or (H, W, 1).

    filename: or an open file, or a buffer that holds one
    color:    False for gray. Transparency is dropped.
    Differs: Pillow reads the file, not scikit-image
    Raises: OSError if there is no such file, or it is no image.
    """
    image: Any = _unit_image(filename)
    if not color and image.ndim == 3:
        image = image[..., :3] @ np.array(GRAY) if image.shape[2] >= 3 else image[..., 0]
    image = image.astype(np.float32)
    if image.ndim == 2:
        image = image[:, :, np.newaxis]
        return np.tile(image, (1, 1, 3)) if color else image
    if image.shape[2] == 2:  # gray and transparency
        return np.tile(image[..., :1], (1, 1, 3))
    rgb: NDArray[np.float32] = image[:, :, :3]
    return rgb


def _unit_image(filename: str | os.PathLike[str] | IO[bytes]) -> NDArray[np.float64]:
    """Return the pixels that a file holds, divided by the largest that its type can hold."""
    from PIL import Image

    with _source(filename) as file, Image.open(file) as image:
        if image.mode == "P":
            image = image.convert("RGBA" if "transparency" in image.info else "RGB")
        elif image.mode in ("1", "CMYK", "YCbCr"):
            image = image.convert("L" if image.mode == "1" else "RGB")
        pixels = np.asarray(image)
    if image.mode.startswith("F"):
        return pixels.astype(float)
    top = 65535 if image.mode.startswith("I") else 255
    return pixels / top


def _source(filename: Any) -> Any:
    if hasattr(filename, "read"):
        return nullcontext(filename)
    try:
        return opened(filename)
    except TypeError:
        raise OSError(f"an image is the name of a file or an open file, not {filename!r}") from None


def resize_image(im: Array, new_dims: Sequence[int], interp_order: int = 1) -> NDArray[np.float32]:
    """Resize (H, W, K) to (new_dims[0], new_dims[1], K), float32.

    interp_order: 1 interpolates, 0 takes the nearest; others need SciPy
    Differs: as scikit-image up to 0.14, whatever version is installed
    Raises: ValueError or RuntimeError for an array that is no such image.

    As scikit-image did it when pycaffe was written: nothing is smoothed before it gets smaller,
    and images of 1 or 3 channels fade to the smallest value at a border that is interpolated
    beyond. Other images are interpolated between the centres of their outermost pixels, and stay
    whole numbers where they are.
    """
    size = tuple(int(n) for n in new_dims)
    if im.shape[-1] not in (1, 3):
        if im.ndim != len(size) + 1:  # zoom's error, as SciPy has it
            raise RuntimeError(f"an image has the shape (H, W, K), not {im.shape}: add an axis")
        return zoom(im, size, interp_order).astype(np.float32)
    low, high = im.min(), im.max()
    if not high > low:
        return np.full((*size, im.shape[-1]), low, np.float32)
    if im.ndim not in (len(size), len(size) + 1) or any(n < 0 for n in size):
        raise ValueError(f"an image of the shape {im.shape} cannot be resized to {size}")
    resized = resize((im - low) / (high - low), size, interp_order)
    image: NDArray[np.float32] = (resized * (high - low) + low).astype(np.float32)
    return image


def oversample(images: Any, crop_dims: Any) -> NDArray[np.float32]:
    """Return ten crops of each image (H, W, K): corners, centre, and the same mirrored.

    crop_dims: (height, width). Returns (10 · N, height, width, K), the ten of an image together.
    """
    height, width = (index(n) for n in np.array(crop_dims)[[0, 1]])
    full_h, full_w = images[0].shape[:2]
    corners = [(y, x) for y in (0, full_h - height) for x in (0, full_w - width)]
    centre = (int(full_h / 2 - height / 2), int(full_w / 2 - width / 2))
    crops = np.empty((10 * len(images), height, width, images[0].shape[-1]), np.float32)
    for i, image in enumerate(images):
        for k, (y, x) in enumerate([*corners, centre]):
            cut = image[y : y + height, x : x + width, :]
            crops[10 * i + k] = cut
            crops[10 * i + 5 + k] = cut[:, ::-1]
    return crops
