"""Resizes images as OpenCV's cv::resize with INTER_LINEAR, its fixed-point rounding included.

Source: OpenCV modules/imgproc/src/resize.cpp (ResizeFunc of INTER_LINEAR on 8-bit images:
        weights in 1/2048, rows summed after a shift of 4 and 16 bits)

Resizes images and their boxes as resize_param says, with the interpolations of OpenCV.

Source: SSD's caffe im_transforms.cpp (ApplyResize, InferNewSize, UpdateBBoxByResizePolicy);
        OpenCV modules/imgproc/src/resize.cpp for the weights
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from caffe2torch.errors import ShapeError, UnsupportedError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from caffe2torch import caffe_pb2 as pb

_ONE = 2048  # 1.0 in the fixed point of the weights


def bilinear(image: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """Resize `image` (C, H, W) to (C, height, width); pixel centres, no antialiasing.

    Exactly half the size in both directions is the mean of 2 x 2 pixels, as in OpenCV.
    """
    import numpy as np

    _, h, w = image.shape
    if (h, w) == (height, width):
        return image
    if (h, w) == (2 * height, 2 * width):
        return _halve(image)
    left, right, near, far = _taps(w, width, clip_weight=True)
    top, bottom, upper, lower = _taps(h, height, clip_weight=False)
    wide = image[:, top[0] : bottom[-1] + 1].astype(np.int32)
    rows = (wide[..., left] * near + wide[..., right] * far) >> 4
    top, bottom = top - top[0], bottom - top[0]
    above = (rows[:, top] * upper[:, None]) >> 16
    below = (rows[:, bottom] * lower[:, None]) >> 16
    resized: NDArray[np.uint8] = ((above + below + 2) >> 2).astype(np.uint8)
    return resized


def _halve(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    import numpy as np

    c, h, w = image.shape
    squares = image.reshape(c, h // 2, 2, w // 2, 2).astype(np.uint16)
    half: NDArray[np.uint8] = ((squares.sum((2, 4)) + 2) >> 2).astype(np.uint8)
    return half


def _taps(
    old: int, new: int, *, clip_weight: bool
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.int32], NDArray[np.int32]]:
    """Both source positions and both weights of each of `new` positions over `old` ones.

    clip_weight: along rows OpenCV moves the whole weight to the border pixel; along columns it
    repeats the border row, which rounds differently.
    """
    import numpy as np

    scale = 1.0 / (new / old)
    position = ((np.arange(new) + 0.5) * scale - 0.5).astype(np.float32)
    first = np.floor(position).astype(np.intp)
    fraction = position - first.astype(np.float32)
    if clip_weight:
        fraction[(first < 0) | (first >= old - 1)] = 0
    near = np.rint((np.float32(1) - fraction) * _ONE).astype(np.int32)
    far = np.rint(fraction * _ONE).astype(np.int32)
    return first.clip(0, old - 1), (first + 1).clip(0, old - 1), near, far


def check(param: pb.ResizeParameter) -> None:
    """Raise ShapeError without a height and width, UnsupportedError for a second size."""
    if not (param.height and param.width):
        raise ShapeError(
            f"height {param.height} and width {param.width}: one of them is 0",
            field="transform_param.resize_param",
            hint="set both",
        )
    if param.height_scale or param.width_scale:
        raise UnsupportedError("resize_param.height_scale and width_scale are not reproduced")


def new_size(param: pb.ResizeParameter, height: int, width: int) -> tuple[int, int]:
    """Height and width of a resized image, padding included."""
    if param.resize_mode != param.FIT_SMALL_SIZE:
        return param.height, param.width
    aspect = width / height
    if aspect < param.width / param.height:
        return int(param.width / aspect), param.width
    return param.height, int(aspect * param.height)


def resized(
    pixels: NDArray[Any], param: pb.ResizeParameter, rng: np.random.Generator
) -> NDArray[Any]:
    """Resize (C, H, W), padded where the mode says so, by one of the interpolations."""
    modes = list(param.interp_mode) or [param.LINEAR]
    mode = param.Interp_mode.Name(modes[rng.integers(len(modes))])
    height, width = new_size(param, *pixels.shape[1:])
    if param.resize_mode != param.FIT_LARGE_SIZE_AND_PAD:
        return interpolate(pixels, height, width, mode)
    aspect = pixels.shape[2] / pixels.shape[1]
    if aspect > width / height:
        inner = (int(width / aspect), width)
    else:
        inner = (height, int(aspect * height))
    return _padded(interpolate(pixels, *inner, mode), param)


def _padded(pixels: NDArray[Any], param: pb.ResizeParameter) -> NDArray[Any]:
    import numpy as np

    c, h, w = pixels.shape
    top, left = (param.height - h) // 2, (param.width - w) // 2
    sides = ((0, 0), (top, param.height - h - top), (left, param.width - w - left))
    if param.pad_mode != param.CONSTANT:
        return np.pad(pixels, sides, "reflect" if param.pad_mode == param.MIRRORED else "edge")
    values = list(param.pad_value) or [0.0]
    if len(values) not in (1, c):
        raise ShapeError(
            f"{len(values)} pad_value for {c} channels",
            field="transform_param.resize_param.pad_value",
        )
    out = np.empty((c, param.height, param.width), pixels.dtype)
    out[...] = np.broadcast_to(values, c)[:, None, None]
    out[:, top : top + h, left : left + w] = pixels
    return out


def moved(boxes: NDArray[np.float32], param: pb.ResizeParameter, shape: Any) -> Any:
    """Boxes (B, 4), in fractions, of an image (C, H, W) after resizing; padding moves them."""
    import numpy as np

    if param.resize_mode != param.FIT_LARGE_SIZE_AND_PAD:
        return np.clip(boxes, 0, 1)
    aspect, wanted = shape[2] / shape[1], param.width / param.height
    share = (1, wanted / aspect) if aspect > wanted else (aspect / wanted, 1)
    scale = np.array(share * 2, np.float32)
    return np.clip(boxes, 0, 1) * scale + (1 - scale) / 2


def interpolate(pixels: NDArray[Any], height: int, width: int, mode: str) -> NDArray[Any]:
    """Resize (C, H, W) without padding. mode: LINEAR, AREA, NEAREST, CUBIC or LANCZOS4."""
    import numpy as np

    _, h, w = pixels.shape
    grows = height > h or width > w
    if pixels.dtype == np.uint8 and (mode == "LINEAR" or (mode == "AREA" and grows)):
        return bilinear(pixels, height, width)
    mode = "LINEAR" if mode == "AREA" and grows else mode
    rows, columns = _weights(h, height, mode), _weights(w, width, mode)
    out: NDArray[np.float32] = rows @ pixels.astype(np.float32) @ columns.T
    if pixels.dtype != np.uint8:
        return out
    rounded: NDArray[np.uint8] = np.clip(np.rint(out), 0, 255).astype(np.uint8)
    return rounded


_TAPS = {"NEAREST": (0, 0), "LINEAR": (0, 1), "CUBIC": (-1, 2), "LANCZOS4": (-3, 4)}


def _weights(old: int, new: int, mode: str) -> Any:
    """Matrix (new, old) that resamples a line of pixels; pixels beyond its ends repeat."""
    import numpy as np

    scale, index = old / new, np.arange(new)
    if mode == "AREA":
        start, pixel = index[:, None] * scale, np.arange(old)
        share = np.minimum(start + scale, pixel + 1) - np.maximum(start, pixel)
        return (np.clip(share, 0, None) / scale).astype(np.float32)
    centre = index * scale if mode == "NEAREST" else (index + 0.5) * scale - 0.5
    first = np.floor(centre).astype(int)
    out = np.zeros((new, old), np.float32)
    for tap in range(_TAPS[mode][0], _TAPS[mode][1] + 1):
        weight = _kernel(np.abs(centre - first - tap), mode)
        np.add.at(out, (index, np.clip(first + tap, 0, old - 1)), weight)
    return out / out.sum(axis=1, keepdims=True)


def _kernel(distance: Any, mode: str) -> Any:
    """Weight of a pixel at a distance, in pixels."""
    import numpy as np

    d = distance
    if mode == "NEAREST":
        return np.ones_like(d)
    if mode == "LINEAR":
        return 1 - d
    if mode == "LANCZOS4":
        return np.sinc(d) * np.sinc(d / 4)
    a = -0.75
    near = ((a + 2) * d - (a + 3)) * d * d + 1
    far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
    return np.where(d <= 1, near, far)
