"""From bytes to floats: crop, mirror, subtract the mean and scale images in one pass.

Source: Caffe src/caffe/data_transformer.cpp, DataTransformer::Transform

Large images go one by one, so that each stays in the processor's cache; of small ones a block is
handled at a time, so that no time is lost between them. OpenCV's `accumulate` adds bytes to
floats without a copy in between: -mean + pixel is the float that pixel - mean is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK = 1 << 16
"""Values of a batch that are made at a time: 256 KB of float32."""


HUGE = 1e30
"""Floats beyond this are no data: their squares are infinite."""


def not_usable(values: NDArray[Any]) -> int | None:
    """Return the place of the first value that is NaN, infinite or huge, in the flat array."""
    import numpy as np

    with np.errstate(invalid="ignore"):
        low, high = values.min(), values.max()  # NaN if one value is
    if low >= -HUGE and high <= HUGE:
        return None
    return int(np.flatnonzero(~(np.abs(values.ravel()) <= HUGE))[0])


@dataclass(frozen=True)
class Images:
    """A list or an array of images (C, H, W); which are mirrored, and where their crops begin."""

    pixels: list[NDArray[Any]] | NDArray[Any]
    flips: NDArray[Any]
    tops: NDArray[Any]
    lefts: NDArray[Any]

    @property
    def bytes(self) -> bool:
        """Whether all of them are uint8."""
        if not isinstance(self.pixels, list):
            return self.pixels.dtype == "uint8"
        return all(image.dtype == "uint8" for image in self.pixels)


class Minus:
    """(pixel - mean) * scale.

    mean:  (C, H, W) of the uncropped image, (C, 1, 1), (1, 1, 1), or None for none
    """

    def __init__(self, mean: NDArray[np.float32] | None, scale: np.float32) -> None:
        self.scale = scale
        self.whole = mean is not None and mean.shape[1:] != (1, 1)
        # Subtracting comes before mirroring: a mirrored image meets the mirrored mean.
        self.negative = None if mean is None else -mean
        self.mirrored = None if mean is None else -mean[..., ::-1]

    def fill(self, images: Images, out: NDArray[np.float32]) -> None:
        """Write the transformed images into `out` (N, C, h, w)."""
        import numpy as np

        if not images.bytes:
            self._fill_any(images, out)
        elif len(out) == 1:
            self._fill_one(images, out[0])
        else:
            self._fill_block(images, out)
        if self.scale != 1:
            np.multiply(out, self.scale, out=out)

    def _fill_one(self, images: Images, out: NDArray[np.float32]) -> None:
        import cv2
        import numpy as np

        (flip,), (y,), (x,) = images.flips, images.tops, images.lefts
        _, h, w = out.shape
        # All planes at once: each call hands the interpreter to another thread and back.
        pixels = np.ascontiguousarray(images.pixels[0][:, y : y + h, x : x + w]).reshape(-1, w)
        if flip:
            pixels = cv2.flip(pixels, 1)
        if self.negative is None:
            np.copyto(out.reshape(-1, w), pixels)
            return
        np.copyto(out, self._minus_mean(images, 0, out.shape))
        cv2.accumulate(pixels, out.reshape(-1, w))

    def _fill_block(self, images: Images, out: NDArray[np.float32]) -> None:
        import cv2
        import numpy as np

        turned = np.flatnonzero(images.flips)
        gathered = _gathered(images, out.shape, copy=turned.size > 0)
        if turned.size:
            rows = gathered[turned].reshape(-1, out.shape[3])
            gathered[turned] = cv2.flip(rows, 1).reshape(-1, *out.shape[1:])
        if self.negative is None:
            np.copyto(out, gathered)
            return
        self._begin_with_mean(images, turned, out)
        cv2.accumulate(gathered.reshape(len(out), -1), out.reshape(len(out), -1))

    def _begin_with_mean(
        self, images: Images, turned: NDArray[Any], out: NDArray[np.float32]
    ) -> None:
        import numpy as np

        if self.negative is None or self.mirrored is None:
            return
        if not self.whole or self.negative.shape == out.shape[1:]:  # nothing is cropped
            np.copyto(out, self.negative)
            if self.whole and turned.size:
                out[turned] = self.mirrored
            return
        for i, place in enumerate(out):
            np.copyto(place, self._minus_mean(images, i, place.shape))

    def _minus_mean(self, images: Images, i: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """The negative mean under image i as it comes out, (C, h, w) or (C, 1, 1)."""
        negative = self.mirrored if images.flips[i] else self.negative
        if negative is None or not self.whole:
            return negative  # type: ignore[return-value]  # asked for only where there is one
        _, h, w = shape
        y, x = int(images.tops[i]), int(images.lefts[i])
        if images.flips[i]:
            x = negative.shape[2] - x - w
        return negative[:, y : y + h, x : x + w]

    def _fill_any(self, images: Images, out: NDArray[np.float32]) -> None:
        """Images of floats, one by one."""
        _, _, h, w = out.shape
        for i, (image, place) in enumerate(zip(images.pixels, out, strict=True)):
            y, x = images.tops[i], images.lefts[i]
            window = image[:, y : y + h, x : x + w]
            place[...] = window[..., ::-1] if images.flips[i] else window
            if self.negative is not None:
                place += self._minus_mean(images, i, place.shape)


def _gathered(images: Images, shape: tuple[int, ...], copy: bool) -> NDArray[np.uint8]:
    """Return the windows of all images as one array (N, C, h, w) uint8, to write to if `copy`."""
    import numpy as np

    given = images.pixels
    if not isinstance(given, list) and given.shape == shape:
        return given.copy() if copy else given
    if all(image.shape == shape[1:] for image in given):
        return np.concatenate(given).reshape(shape)
    _, _, h, w = shape
    gathered = np.empty(shape, np.uint8)
    windows = zip(given, images.tops.tolist(), images.lefts.tolist(), strict=True)
    for i, (image, y, x) in enumerate(windows):
        gathered[i] = image[:, y : y + h, x : x + w]
    return gathered
