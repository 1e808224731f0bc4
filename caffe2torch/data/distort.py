"""Random brightness, contrast, saturation, hue and order of channels: distort_param.

Source: SSD's caffe im_transforms.cpp, ApplyDistort; OpenCV's documentation of cvtColor for the
        hue (0 to 179) and saturation (0 to 255) of 8-bit images
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from caffe2torch import caffe_pb2 as pb


def distorted(
    pixels: NDArray[np.uint8], param: pb.DistortionParameter, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Distort an image (3, H, W) in blue, green, red order; each effect by its own probability."""
    late = rng.uniform() <= 0.5
    pixels = _brightness(pixels, param, rng)
    pixels = pixels if late else _contrast(pixels, param, rng)
    pixels = _saturation(pixels, param, rng)
    pixels = _hue(pixels, param, rng)
    pixels = _contrast(pixels, param, rng) if late else pixels
    if rng.uniform() < param.random_order_prob:
        pixels = pixels[rng.permutation(3)]
    return pixels


def _brightness(pixels: Any, param: pb.DistortionParameter, rng: np.random.Generator) -> Any:
    if rng.uniform() >= param.brightness_prob:
        return pixels
    return _bytes(pixels + rng.uniform(-param.brightness_delta, param.brightness_delta))


def _contrast(pixels: Any, param: pb.DistortionParameter, rng: np.random.Generator) -> Any:
    if rng.uniform() >= param.contrast_prob:
        return pixels
    return _bytes(pixels * rng.uniform(param.contrast_lower, param.contrast_upper))


def _saturation(pixels: Any, param: pb.DistortionParameter, rng: np.random.Generator) -> Any:
    if rng.uniform() >= param.saturation_prob:
        return pixels
    hue, saturation, value = to_hsv(pixels)
    factor = rng.uniform(param.saturation_lower, param.saturation_upper)
    return from_hsv(hue, _bytes(saturation * factor), value)


def _hue(pixels: Any, param: pb.DistortionParameter, rng: np.random.Generator) -> Any:
    if rng.uniform() >= param.hue_prob:
        return pixels
    hue, saturation, value = to_hsv(pixels)
    shift = rng.uniform(-param.hue_delta, param.hue_delta)
    return from_hsv(_bytes(hue + shift), saturation, value)


def _bytes(values: Any) -> Any:
    """Round to whole numbers from 0 to 255, as OpenCV does on every store."""
    import numpy as np

    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def to_hsv(bgr: NDArray[np.uint8]) -> tuple[Any, Any, Any]:
    """Hue (0 to 179), saturation and value (0 to 255), each (H, W) uint8, of (3, H, W)."""
    import numpy as np

    b, g, r = bgr.astype(np.float32)
    value = np.maximum(np.maximum(b, g), r)
    spread = value - np.minimum(np.minimum(b, g), r)
    some = np.where(spread > 0, spread, 1)
    hue = np.where(
        value == r, (g - b) / some, np.where(value == g, 2 + (b - r) / some, 4 + (r - g) / some)
    )
    hue = np.where(spread > 0, hue * 30, 0)
    saturation = np.where(value > 0, spread * 255 / np.where(value > 0, value, 1), 0)
    return (
        _bytes(np.where(hue < 0, hue + 180, hue)) % 180,
        _bytes(saturation),
        value.astype(np.uint8),
    )


def from_hsv(hue: Any, saturation: Any, value: Any) -> NDArray[np.uint8]:
    """(3, H, W) in blue, green, red order, from what `to_hsv` gives; hue wraps at 180."""
    import numpy as np

    h, s, v = hue / np.float32(30), saturation / np.float32(255), value.astype(np.float32)
    channels = []
    for n in (1, 3, 5):  # blue, green, red
        k = (n + h) % 6
        channels.append(v - v * s * np.clip(np.minimum(k, 4 - k), 0, 1))
    stacked: NDArray[np.uint8] = _bytes(np.stack(channels))
    return stacked
