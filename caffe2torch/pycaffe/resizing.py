"""Resizing as scikit-image's `resize` and SciPy's `zoom` did it for pycaffe, in NumPy.

Source: scikit-image, skimage.transform.resize (mode "constant", no smoothing); SciPy,
scipy.ndimage.zoom
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def resize(image: Array, size: tuple[int, ...], order: int = 1) -> NDArray[np.float64]:
    """Resize (H, W, K) with values from 0 to 1; outside the image there are zeros.

    Pixel i of n goes to the coordinate (i + 0.5) · old / new − 0.5: areas fit, not centres.
    order: 0 or 1; higher ones need SciPy, and smooth curves are cut off at 0 and 1.
    """
    result = image.astype(float)
    if order > 1:
        return _spline(result, size, order, grid=True)
    for axis, new in enumerate(size):
        old = result.shape[axis]
        at = (np.arange(new) + 0.5) * (old / max(new, 1)) - 0.5
        if order == 0:
            result = result.take(np.clip(np.floor(at + 0.5).astype(int), 0, old - 1), axis)
        elif new != old:
            border = [(int(i == axis), int(i == axis)) for i in range(result.ndim)]
            result = _between(np.pad(result, border), at + 1, axis)
    return result


def zoom(image: Array, size: tuple[int, ...], order: int = 1) -> Array:
    """Resize (H, W, K) so that the outermost pixels' centres stay where they are.

    The result has the image's type: whole numbers are rounded, halves away from 0; of booleans
    those are true that are wholly true.
    """
    if order > 1:
        return _spline(image, size, order, grid=False)
    places = []
    for old, new in zip(image.shape, size, strict=False):
        places.append(np.arange(new) * ((old - 1) / (new - 1) if new > 1 else 0.0))
    result = image.astype(float)
    if order == 0:
        for axis, at in enumerate(places):
            result = result.take(np.floor(at + 0.5).astype(int), axis)
    else:
        result = _mixed(result, places)
    if image.dtype.kind in "iu":
        result += np.copysign(0.5, result)
    elif image.dtype.kind == "b":
        result = np.trunc(result)
    return result.astype(image.dtype)


def _mixed(values: NDArray[np.float64], places: list[Array]) -> NDArray[np.float64]:
    """Interpolate linearly at coordinates along the first axes, summed up corner by corner.

    SciPy's order of sums, so that what lies halfway is rounded as there.
    """
    total: Any = 0.0
    for corner in product((0, 1), repeat=len(places)):
        part = values
        for axis, (at, upper) in enumerate(zip(places, corner, strict=True)):
            low = np.floor(at).astype(int)
            part = part.take(np.minimum(low + upper, values.shape[axis] - 1), axis)
        for axis, (at, upper) in enumerate(zip(places, corner, strict=True)):
            below = 1 - (at - np.floor(at))
            weight = 1 - below if upper else below
            part = part * weight.reshape([-1 if i == axis else 1 for i in range(values.ndim)])
        total = total + part
    mixed: NDArray[np.float64] = total
    return mixed


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


def _spline(image: Array, size: tuple[int, ...], order: int, grid: bool) -> Array:
    """Resize by splines. Raises: ImportError without SciPy."""
    try:
        from scipy.ndimage import zoom as spline
    except ImportError:
        raise ImportError(
            f"interp_order {order} needs SciPy: pip install scipy, or use interp_order 1"
        ) from None
    factors = [new / old for new, old in zip(size, image.shape, strict=False)]
    factors += [1] * (image.ndim - len(size))
    if not grid:
        resized: Array = spline(image, factors, order=order)
        return resized
    smooth = spline(image, factors, order=order, mode="grid-constant", grid_mode=True)
    clipped: NDArray[np.float64] = np.clip(smooth, 0, 1)
    return clipped
