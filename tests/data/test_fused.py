"""One image, a block of them, bytes or floats: all the same as a loop over pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from caffe2torch.data import fused
from caffe2torch.data.fused import Images, Minus


def naive(
    image: np.ndarray, mean: np.ndarray | None, scale: float, flip: int, y: int, x: int, size: Any
) -> np.ndarray:
    """(pixel - mean) * scale in float32, pixel by pixel, then mirrored."""
    out = np.empty(size, np.float32)
    for c, i, j in np.ndindex(*size):
        value = np.float32(image[c, y + i, x + j])
        if mean is not None:
            m = mean[c if len(mean) > 1 else 0]
            value = value - (m[0, 0] if m.size == 1 else m[y + i, x + j])
        value = np.float32(value * np.float32(scale)) if scale != 1 else value
        out[c, i, size[2] - 1 - j if flip else j] = value
    return out


@pytest.mark.parametrize("block", [fused.BLOCK, 1], ids=["small", "large"])
@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.parametrize("crop", [(5, 6), (3, 4)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("mean", ["none", "one", "channels", "image"])
def test_equals_a_loop_over_pixels(
    monkeypatch: pytest.MonkeyPatch, block: int, count: int, crop: Any, dtype: Any, mean: str
) -> None:
    monkeypatch.setattr(fused, "BLOCK", block)
    rng = np.random.default_rng(count)
    images = [rng.integers(0, 256, (3, 5, 6)).astype(dtype) for _ in range(count)]
    means = {"none": None, "one": (1, 1, 1), "channels": (3, 1, 1), "image": (3, 5, 6)}
    shape = means[mean]
    values = None if shape is None else rng.random(shape, dtype=np.float32) * 255
    flips = rng.integers(2, size=count)
    tops, lefts = (rng.integers(0, 6 - n - (k == 0), count, endpoint=True)
                   for k, n in enumerate(crop))  # fmt: skip
    tops, lefts = np.minimum(tops, 5 - crop[0]), np.minimum(lefts, 6 - crop[1])
    for pixels in (images, np.stack(images)):
        out = np.empty((count, 3, *crop), np.float32)
        Minus(values, np.float32(0.3)).fill(Images(pixels, flips, tops, lefts), out)
        for i, image in enumerate(images):
            want = naive(image, values, 0.3, flips[i], tops[i], lefts[i], (3, *crop))
            assert (out[i] == want).all()
