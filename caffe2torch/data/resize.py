"""Resizes images as OpenCV's cv::resize with INTER_LINEAR, its fixed-point rounding included.

Source: OpenCV modules/imgproc/src/resize.cpp (ResizeFunc of INTER_LINEAR on 8-bit images:
        weights in 1/2048, rows summed after a shift of 4 and 16 bits)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
