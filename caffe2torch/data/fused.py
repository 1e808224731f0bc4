"""From bytes to floats: crop, mirror, subtract the mean and scale images in one pass.

Source: Caffe src/caffe/data_transformer.cpp, DataTransformer::Transform

Large images go one by one, each from its record's bytes to the batch by one call of OpenCV's
`add`, which reads bytes and floats and writes every float once. Of small ones a block is handled
at a time, so that no time is lost between them: `accumulate` adds the bytes to the mean that lies
there. Both are exact: -mean + pixel is the float that pixel - mean is.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

from caffe2torch.data.images import is_interleaved, split
from caffe2torch.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK = 1 << 16
"""Values of a batch that are made at a time: 256 KB of float32."""


def is_large(shape: tuple[int, ...]) -> bool:
    """Whether transformed images of this shape are better made one by one."""
    return 2 * prod(shape) > BLOCK


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


def usable(pixels: NDArray[Any]) -> NDArray[Any]:
    """Return pixels as they are. Raises DataError for floats that are NaN, infinite or huge."""
    wild = not_usable(pixels) if pixels.dtype.kind == "f" else None
    if wild is not None:
        raise DataError(
            f"holds the value {pixels.ravel()[wild]:g}",
            hint="repair the data: one such value makes every weight NaN",
        )
    return pixels


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

    def part(self, part: slice) -> Images:
        """Some of them."""
        return Images(self.pixels[part], self.flips[part], self.tops[part], self.lefts[part])


class Minus:
    """(pixel - mean) * scale.

    mean:  (C, H, W) of the uncropped image, (C, 1, 1), (1, 1, 1), or None for none
    """

    def __init__(self, mean: NDArray[np.float32] | None, scale: np.float32) -> None:
        import numpy as np

        self.scale = scale
        self.whole = mean is not None and mean.shape[1:] != (1, 1)
        # Subtracting comes before mirroring: a mirrored image meets the mirrored mean.
        self.negative = None if mean is None else -mean
        self.mirrored = None if mean is None else np.ascontiguousarray(-mean[..., ::-1])
        self._spread: NDArray[np.float32] | None = None
        self._scratch = threading.local()

    def fill(self, images: Images, out: NDArray[np.float32]) -> None:
        """Write the transformed images into `out` (N, C, h, w)."""
        import numpy as np

        if not images.bytes:
            self._fill_floats(images, out)
        elif is_large(out.shape[1:]):
            self._fill_large(images, out)
            return
        else:
            step = BLOCK // out[0].size
            for part in (slice(i, i + step) for i in range(0, len(out), step)):
                self._fill_block(images.part(part), out[part])
        if self.scale != 1:
            np.multiply(out, self.scale, out=out)

    def _fill_large(self, images: Images, out: NDArray[np.float32]) -> None:
        """Bytes, one image after the other; what Python does between two calls is time lost."""
        import cv2
        import numpy as np

        _, _, h, w = out.shape
        mean, mirrored = self._means(out.shape[1:])
        draws = (draw.tolist() for draw in (images.flips, images.tops, images.lefts))
        for pixels, flip, y, x, place in zip(images.pixels, *draws, out, strict=True):
            window, minus = pixels[:, y : y + h, x : x + w], mean
            if flip or is_interleaved(window):
                window = self._copy(window)
            if flip:
                rows = window.reshape(-1, w)
                cv2.flip(rows, 1, rows)
                minus = mirrored
            if minus is None:
                np.copyto(place, window)
            else:
                if self.whole:
                    left = minus.shape[2] - x - w if flip else x
                    minus = minus[:, y : y + h, left : left + w]
                # Of three axes OpenCV would take the last for channels, and copy a crop first.
                cv2.add(window[None], minus[None], place[None], None, cv2.CV_32F)
            if self.scale != 1:
                np.multiply(place, self.scale, out=place)

    def _means(self, shape: tuple[int, ...]) -> tuple[NDArray[np.float32] | None, ...]:
        """The negative mean as images (C, H, W), and mirrored."""
        import numpy as np

        if self.negative is None or self.whole:
            return self.negative, self.mirrored
        if self._spread is None or self._spread.shape != shape:
            self._spread = np.ascontiguousarray(np.broadcast_to(self.negative, shape))
        return self._spread, self._spread

    def _copy(self, window: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Its planes, in memory that the thread's next image overwrites."""
        import numpy as np

        copy: NDArray[np.uint8] | None = getattr(self._scratch, "copy", None)
        if copy is None or copy.shape != window.shape:
            copy = self._scratch.copy = _aligned(window.shape)
        if is_interleaved(window):
            return split(window, copy)
        np.copyto(copy, window)
        return copy

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

    def _fill_floats(self, images: Images, out: NDArray[np.float32]) -> None:
        """One by one."""
        _, _, h, w = out.shape
        for i, (image, place) in enumerate(zip(images.pixels, out, strict=True)):
            y, x = images.tops[i], images.lefts[i]
            window = image[:, y : y + h, x : x + w]
            place[...] = window[..., ::-1] if images.flips[i] else window
            if self.negative is not None:
                place += self._minus_mean(images, i, place.shape)


def _aligned(shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Memory at a multiple of 64: OpenCV reads what it has split itself three times as fast."""
    import numpy as np

    room = np.empty(prod(shape) + LINE, np.uint8)
    start = -room.ctypes.data % LINE
    return room[start : start + prod(shape)].reshape(shape)


LINE = 64
"""Bytes of a line of the processor's cache."""


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
