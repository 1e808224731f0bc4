"""scipy.misc: pictures in and out, and resized, as SciPy had it up to 1.1.

Source: SciPy 1.1 scipy/misc/pilutil.py (imread, imsave, imresize, toimage, fromimage, bytescale)
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[Any]
FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "lanczos": Image.Resampling.LANCZOS,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "cubic": Image.Resampling.BICUBIC,
}


def imread(name: Any, flatten: bool = False, mode: str | None = None) -> Pixels:
    """Return the picture in a file: (H, W) or (H, W, C), uint8; flatten for gray as float32."""
    with Image.open(name) as image:
        return fromimage(image, flatten, mode)


def fromimage(im: Image.Image, flatten: bool = False, mode: str | None = None) -> Pixels:
    """Return a picture of Pillow's as an array."""
    if mode is not None:
        im = im.convert(mode) if mode != im.mode else im
    elif im.mode == "P":
        im = im.convert("RGBA" if "transparency" in im.info else "RGB")
    if flatten:
        im = im.convert("F")
    elif im.mode == "1":
        im = im.convert("L")
    return np.array(im)


def imsave(name: Any, arr: Any, format: str | None = None) -> None:
    """Write an array (H, W) or (H, W, 3 or 4) as a picture, scaled to 0 to 255 unless uint8."""
    toimage(arr, channel_axis=2).save(name, format)


def imresize(arr: Any, size: Any, interp: str = "bilinear", mode: str | None = None) -> Pixels:
    """Resize to (height, width), by a fraction (float) or to a percentage (int); gives uint8."""
    image = toimage(arr, mode=mode)
    if np.ndim(size) == 0:
        part = size / 100.0 if isinstance(size, (int, np.integer)) else size
        width, height = (int(n * part) for n in image.size)
    else:
        height, width = (int(n) for n in size)
    return fromimage(image.resize((width, height), FILTERS[interp]))


def toimage(
    arr: Any,
    high: float = 255,
    low: float = 0,
    cmin: float | None = None,
    cmax: float | None = None,
    pal: Any = None,
    mode: str | None = None,
    channel_axis: int | None = None,
) -> Image.Image:
    """Return a picture of Pillow's; values other than uint8 are scaled from low to high.

    Raises: ValueError for a shape that is no picture.
    """
    data = np.asarray(arr)
    if data.ndim == 2:
        return _plane(data, (high, low, cmin, cmax), pal, mode)
    axes = range(3) if channel_axis is None else (channel_axis % max(data.ndim, 1),)
    if data.ndim != 3 or not any(data.shape[axis] in (3, 4) for axis in axes):
        raise ValueError("'arr' does not have a suitable array shape for any mode.")
    axis = next(k for wanted in (3, 4) for k in axes if data.shape[k] == wanted)
    pixels = np.moveaxis(bytescale(data, cmin, cmax, high, low), axis, 2)
    kind = mode or ("RGB" if pixels.shape[2] == 3 else "RGBA")
    return Image.frombytes(kind, pixels.shape[1::-1], np.ascontiguousarray(pixels).tobytes())


def _plane(data: Pixels, limits: Any, pal: Any, mode: str | None) -> Image.Image:
    high, low, cmin, cmax = limits
    if mode == "F":
        return Image.fromarray(data.astype(np.float32))
    if mode == "I":
        return Image.fromarray(data.astype(np.int32))
    if mode == "1":
        return Image.fromarray(data > bytescale(data, cmin, cmax, high, low).mean())
    image = Image.fromarray(bytescale(data, cmin, cmax, high, low))
    if mode == "P":
        image = image.convert("P")
        image.putpalette(list(np.ravel(pal if pal is not None else np.repeat(np.arange(256), 3))))
    return image


def bytescale(
    data: Any,
    cmin: float | None = None,
    cmax: float | None = None,
    high: float = 255,
    low: float = 0,
) -> Pixels:
    """Return values as uint8: cmin (the least) becomes low, cmax (the largest) high."""
    values = np.asarray(data)
    if values.dtype == np.uint8:
        return values
    least = values.min() if cmin is None else cmin
    spread = (values.max() if cmax is None else cmax) - least
    scaled = (values - least) * (float(high - low) / (spread or 1)) + low
    bytes_: Pixels = (scaled.clip(low, high) + 0.5).astype(np.uint8)
    return bytes_


def __getattr__(name: str) -> Any:
    """What moved elsewhere: logsumexp, comb and factorial are in scipy.special."""
    if not name.startswith("__"):
        special = import_module("scipy.special")
        if hasattr(special, name):
            return getattr(special, name)
    raise AttributeError(f"module 'scipy.misc' has no attribute {name!r}")
