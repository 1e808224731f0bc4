"""Resizing as scikit-image's `resize` and SciPy's `zoom` did it for pycaffe, in NumPy.

Source: scikit-image, skimage.transform.resize (mode "constant", no smoothing); SciPy,
scipy.ndimage.zoom
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def resize(image: Array, size: tuple[int, int], order: int = 1) -> NDArray[np.float64]:
    """Resize (H, W, K) with values from 0 to 1; outside the image there are zeros.

    Pixel i of n goes to the coordinate (i + 0.5) · old / new − 0.5: areas fit, not centres.
    order: 0 or 1; higher ones need SciPy, and smooth curves are cut off at 0 and 1.
    """
    result = image.astype(float)
    if order > 1:
        return _spline(result, size, order, grid=True)
    for axis, new in enumerate(size):
        old = result.shape[axis]
        at = (np.arange(new) + 0.5) * (old / new) - 0.5
        if order == 0:
            result = result.take(np.clip(np.floor(at + 0.5).astype(int), 0, old - 1), axis)
        elif new != old:
            border = [(int(i == axis), int(i == axis)) for i in range(result.ndim)]
            result = _between(np.pad(result, border), at + 1, axis)
    return result


def zoom(image: Array, size: tuple[int, int], order: int = 1) -> NDArray[np.float64]:
    """Resize (H, W, K) so that the outermost pixels' centres stay where they are."""
    result = image.astype(float)
    if order > 1:
        return _spline(result, size, order, grid=False)
    for axis, new in enumerate(size):
        old = result.shape[axis]
        at = np.arange(new) * ((old - 1) / (new - 1) if new > 1 else 0.0)
        if order == 0:
            result = result.take(np.floor(at + 0.5).astype(int), axis)
        else:
            result = _between(result, at, axis)
    return result


def _between(values: NDArray[np.float64], at: Array, axis: int) -> NDArray[np.float64]:
    """Interpolate linearly along an axis at the coordinates `at`, all of them inside."""
    last = values.shape[axis] - 1
    low = np.clip(np.floor(at).astype(int), 0, last)
    shape = [1] * values.ndim
    shape[axis] = len(at)
    part = (at - low).reshape(shape)
    below: NDArray[np.float64]
    below, above = values.take(low, axis), values.take(np.minimum(low + 1, last), axis)
    mixed: NDArray[np.float64] = below * (1 - part) + above * part
    return mixed


def _spline(
    image: NDArray[np.float64], size: tuple[int, int], order: int, grid: bool
) -> NDArray[np.float64]:
    """Resize by splines. Raises: ImportError without SciPy."""
    try:
        from scipy.ndimage import zoom as spline
    except ImportError:
        raise ImportError(
            f"interp_order {order} needs SciPy: pip install scipy, or use interp_order 1"
        ) from None
    factors = (size[0] / image.shape[0], size[1] / image.shape[1], 1)
    if not grid:
        resized: NDArray[np.float64] = spline(image, factors, order=order)
        return resized
    smooth = spline(image, factors, order=order, mode="grid-constant", grid_mode=True)
    clipped: NDArray[np.float64] = np.clip(smooth, 0, 1)
    return clipped
