"""Resizes images and their boxes as resize_param says, with the interpolations of OpenCV.

Every interpolation gives the very pixels of cv::resize, its fixed point and the order of its sums
included; tests/data/test_resize.py says where OpenCV itself depends on the machine.

Source: SSD's caffe im_transforms.cpp (ApplyResize, InferNewSize, UpdateBBoxByResizePolicy);
        OpenCV modules/imgproc/src/resize.cpp (resize, computeResizeAreaTab, interpolateCubic,
        interpolateLanczos4, VResizeLinearVec_32s8u, VResizeCubicVec_32s8u)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from caffe2torch.errors import ShapeError, UnsupportedError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from caffe2torch import caffe_pb2 as pb

_ONE = 2048  # 1.0 in the fixed point of the weights of 8-bit images


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
    """Resize (C, H, W) without padding. mode: LINEAR, AREA, NEAREST, CUBIC or LANCZOS4.

    AREA is the mean of the area only where neither side grows; else OpenCV takes a kind of
    bilinear one, whose weights are whole over most of an enlarged pixel.
    """
    out: NDArray[Any]
    _, h, w = pixels.shape
    if (h, w) == (height, width):
        return pixels
    if mode == "NEAREST":
        out = pixels[:, _nearest(h, height)][:, :, _nearest(w, width)]
    elif mode == "AREA" and height <= h and width <= w:
        out = _area(pixels, height, width)
    elif mode in ("LINEAR", "AREA"):
        out = _linear(pixels, height, width, area=mode == "AREA")
    else:
        out = _kernel(pixels, height, width, mode)
    return out


def bilinear(image: NDArray[Any], height: int, width: int) -> NDArray[Any]:
    """Resize `image` (C, H, W) to (C, height, width); pixel centres, no antialiasing.

    Exactly half the size in both directions is the mean of 2 x 2 pixels, as in OpenCV.
    """
    return interpolate(image, height, width, "LINEAR")


def _nearest(old: int, new: int) -> NDArray[np.intp]:
    """Return the source position of each of `new` positions over `old` ones."""
    import numpy as np

    positions: NDArray[np.intp] = np.floor(np.arange(new) * (1.0 / (new / old))).astype(np.intp)
    return positions.clip(0, old - 1)


class _Taps(NamedTuple):
    """What each of the new positions takes: tap k from position `at[:, k]`, weighted."""

    at: NDArray[np.intp]  # (new, taps)
    weights: NDArray[np.float32]  # (new, taps)

    def fixed(self) -> NDArray[np.int32]:
        """Return the weights in 1/2048, (new, taps)."""
        import numpy as np

        weights: NDArray[np.int32] = np.rint(self.weights * np.float32(_ONE)).astype(np.int32)
        return weights


def _linear(pixels: NDArray[Any], height: int, width: int, *, area: bool) -> Any:
    import numpy as np

    _, h, w = pixels.shape
    if not area and (h, w) == (2 * height, 2 * width):
        return _block_means(pixels, 2, 2)
    rows, columns = _linear_taps(h, height, area=area), _linear_taps(w, width, area=area)
    # At the ends of a row OpenCV gives the border pixel the whole weight; at the ends of a column
    # it repeats the border row, which rounds differently.
    columns.weights[columns.at[:, 0] == columns.at[:, 1]] = (1, 0)
    if pixels.dtype != np.uint8:
        return _down(_along(pixels.astype(np.float32), columns.at, columns.weights), rows)
    top, bottom = rows.at[0, 0], rows.at[-1, 1] + 1
    near = _along(pixels[:, top:bottom].astype(np.int32), columns.at, columns.fixed()) >> 4
    weights = rows.fixed()[:, :, None]
    above = (near[:, rows.at[:, 0] - top] * weights[:, 0]) >> 16
    below = (near[:, rows.at[:, 1] - top] * weights[:, 1]) >> 16
    return ((above + below + 2) >> 2).astype(np.uint8)


def _linear_taps(old: int, new: int, *, area: bool) -> _Taps:
    """Both taps of each position; with area, those of INTER_AREA where the image grows."""
    import numpy as np

    index, ratio = np.arange(new), new / old
    if area:
        first = np.floor(index * (1.0 / ratio))
        fraction = (index + 1 - (first + 1) * ratio).astype(np.float32)
        fraction = np.where(fraction <= 0, np.float32(0), fraction - np.floor(fraction))
    else:
        first, fraction = _centres(old, new)
    at = (first[:, None] + (0, 1)).clip(0, old - 1).astype(np.intp)
    return _Taps(at, np.stack([np.float32(1) - fraction, fraction], axis=1))


def _centres(old: int, new: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the centres of `new` pixels over `old` ones: the whole part and the fraction."""
    import numpy as np

    position = ((np.arange(new) + 0.5) * (1.0 / (new / old)) - 0.5).astype(np.float32)
    first = np.floor(position)
    return first, position - first


def _kernel(pixels: NDArray[Any], height: int, width: int, mode: str) -> Any:
    """CUBIC and LANCZOS4."""
    import numpy as np

    _, h, w = pixels.shape
    rows, columns = _kernel_taps(h, height, mode), _kernel_taps(w, width, mode)
    if pixels.dtype != np.uint8:
        return _down(_along(pixels.astype(np.float32), columns.at, columns.weights), rows)
    wide = _along(pixels.astype(np.int32), columns.at, columns.fixed())
    if mode == "LANCZOS4":
        total = _along(wide.swapaxes(1, 2), rows.at, rows.fixed()).swapaxes(1, 2)
        return np.clip((total + _ONE * _ONE // 2) >> 22, 0, 255).astype(np.uint8)
    # OpenCV sums the four rows of CUBIC as floats, from the last to the first.
    weights = rows.fixed().astype(np.float32) / np.float32(_ONE * _ONE)
    total = _down(wide.astype(np.float32), _Taps(rows.at[:, ::-1], weights[:, ::-1]))
    return np.clip(np.rint(total), 0, 255).astype(np.uint8)


def _kernel_taps(old: int, new: int, mode: str) -> _Taps:
    """Return the 4 taps of CUBIC or the 8 of LANCZOS4; pixels beyond the ends repeat."""
    import numpy as np

    first, fraction = _centres(old, new)
    weights = _cubic(fraction) if mode == "CUBIC" else _lanczos(fraction)
    at = first[:, None] + np.arange(weights.shape[1]) - (weights.shape[1] // 2 - 1)
    return _Taps(at.clip(0, old - 1).astype(np.intp), weights)


def _cubic(fraction: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weights (new, 4) of the pixels around a point behind the second of them; a is -0.75."""
    import numpy as np

    a, one = np.float32(-0.75), np.float32(1)
    before, after = fraction, one - fraction
    outer = ((a * (before + 1) - 5 * a) * (before + 1) + 8 * a) * (before + 1) - 4 * a
    left, right = (((a + 2) * d - (a + 3)) * d * d + 1 for d in (before, after))
    return np.stack([outer, left, right, one - outer - left - right], axis=1)


def _lanczos(fraction: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weights (new, 8) of the pixels around a point behind the fourth of them; their sum is 1."""
    import numpy as np

    distance = (fraction[:, None] + np.float32(3)) - np.arange(8, dtype=np.float32)
    hit = np.abs(distance) < 1e-6  # the point is a pixel, which gets the whole weight
    angle = np.where(hit, 1, distance.astype(np.float64) * (np.pi / 4))
    signs = np.array([1, -1] * 4)
    weights = np.where(hit, 1e30, signs * np.sin(angle) / angle**2).astype(np.float32)
    normalized: NDArray[np.float32] = weights * (np.float32(1) / weights.cumsum(axis=1)[:, -1:])
    return normalized


def _area(pixels: NDArray[Any], height: int, width: int) -> Any:
    """Return the mean over the area of each new pixel, none of whose sides is below 1 pixel."""
    import numpy as np

    _, h, w = pixels.shape
    if h % height == 0 and w % width == 0:
        return _block_means(pixels, h // height, w // width)
    columns = _area_taps(w, width)
    wide = _along(pixels.astype(np.float32), columns.at, columns.weights)
    return _rounded(_down(wide, _area_taps(h, height)), pixels.dtype)


def _block_means(pixels: NDArray[Any], tall: int, wide: int) -> Any:
    """Mean of blocks of whole pixels, summed exactly; four 8-bit pixels round a half up."""
    import numpy as np

    c, h, w = pixels.shape
    blocks = pixels.reshape(c, h // tall, tall, w // wide, wide)
    if pixels.dtype == np.uint8 and (tall, wide) == (2, 2):
        return ((blocks.sum((2, 4), dtype=np.uint16) + 2) >> 2).astype(np.uint8)
    total = blocks.sum((2, 4), dtype=np.int64 if pixels.dtype == np.uint8 else np.float32)
    return _rounded(total.astype(np.float32) * np.float32(1 / (tall * wide)), pixels.dtype)


def _area_taps(old: int, new: int) -> _Taps:
    """Return the share of each source pixel in each new one; shares below 1/1000 are left out."""
    import numpy as np

    scale = old / new
    start = np.arange(new)[:, None] * scale
    size = np.minimum(scale, old - start)
    at = np.floor(start) + np.arange(int(np.ceil(scale)) + 1)
    share = np.minimum(start + size, at + 1) - np.maximum(start, at)
    share[share <= 1e-3] = 0
    weights = (share.clip(0, 1) / size).astype(np.float32)
    return _Taps(at.clip(0, old - 1).astype(np.intp), weights)


def _along(rows: NDArray[Any], at: NDArray[np.intp], weights: NDArray[Any]) -> Any:
    """Weighted sum (..., new) of the taps of the last axis, added from the first to the last."""
    total = rows[..., at[:, 0]] * weights[:, 0]
    for tap in range(1, at.shape[1]):
        total += rows[..., at[:, tap]] * weights[:, tap]
    return total


def _down(image: NDArray[Any], taps: _Taps) -> Any:
    """Weighted sum over the rows of (C, H, W), added from the first tap to the last."""
    return _along(image.swapaxes(1, 2), taps.at, taps.weights).swapaxes(1, 2)


def _rounded(values: NDArray[np.float32], dtype: Any) -> Any:
    import numpy as np

    if dtype != np.uint8:
        return values
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
