"""Windows of R-CNN: read from a window file, and cut out of their images with context.

Source: Caffe src/caffe/layers/window_data_layer.cpp, DataLayerSetUp and load_batch; Girshick et
        al., "Rich feature hierarchies", arXiv 1311.2524, appendix A
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.lists import read_list
from caffe2torch.data.resize import bilinear
from caffe2torch.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Window:
    """A box (x1, y1, x2, y2) in pixels, ends included, of the image with this number."""

    image: int
    label: int
    overlap: float
    box: Box


@dataclass
class WindowFile:
    """The images of a window file in order (path, channels, height, width), and its windows.

    counts: windows of each image, those between the thresholds too
    """

    images: list[tuple[str, int, int, int]]
    foreground: list[Window]
    background: list[Window]
    counts: list[int] = field(default_factory=list)


def read_windows(param: pb.WindowDataParameter, base: str | None = None) -> WindowFile:
    """Read window_data_param.source and sort its windows by their overlap with an object.

    Windows between the thresholds are dropped; background windows get label 0.
    Raises: DataError if the file cannot be read, is cut off, or has no window of one kind.
    """
    words = iter(read_list(param.source, base).split())
    out = WindowFile([], [], [])
    try:
        for mark in words:
            if mark != "#":
                raise DataError(f'"#" must stand where "{mark}" stands')
            _read_image(words, param, out)
    except StopIteration:
        raise DataError(f'window file "{param.source}" is cut off') from None
    except (ValueError, DataError) as error:
        where = f'window file "{param.source}", image {len(out.images)}'
        raise DataError(f"{where}: {error}") from None
    _check_images(param, out)
    for kind, windows in (("foreground", out.foreground), ("background", out.background)):
        if not windows:
            raise DataError(
                f'window file "{param.source}" has no {kind} window',
                hint="check fg_threshold and bg_threshold against the overlaps in the file",
            )
    return out


def _check_images(param: pb.WindowDataParameter, out: WindowFile) -> None:
    highest = max((window.image for window in out.foreground + out.background), default=0)
    if highest >= len(out.images):
        raise DataError(
            f'window file "{param.source}" numbers an image {highest} and has {len(out.images)}',
            hint="number the images 0, 1, 2 ... in the order of the file",
        )
    if out.images[-1][1] != 3:
        raise DataError(
            f'window file "{param.source}" says {out.images[-1][1]} channels',
            hint="write 3: images are always read in colour",
        )


def _read_image(words: Iterator[str], param: pb.WindowDataParameter, out: WindowFile) -> None:
    """Read one image with its windows."""
    import numpy as np

    number, path = int(next(words)), next(words)
    channels, height, width, count = [int(next(words)) for _ in range(4)]
    for _ in range(count):
        label, overlap = int(next(words)), float(np.float32(next(words)))
        x1, y1, x2, y2 = [int(next(words)) for _ in range(4)]
        box = (x1, y1, x2, y2)
        if overlap >= param.fg_threshold:
            if label <= 0:
                raise DataError(f"a foreground window has label {label}; 0 is the background")
            out.foreground.append(Window(number, label, overlap, box))
        elif overlap < param.bg_threshold:
            out.background.append(Window(number, 0, 0.0, box))
    out.images.append((param.root_folder + path, channels, height, width))
    out.counts.append(count)


@dataclass(frozen=True)
class Cut:
    """Which box of the image goes where: resized to `height` x `width`, at `top`, `left`."""

    box: Box
    height: int
    width: int
    top: int = 0
    left: int = 0


def place_window(
    box: Box, image: tuple[int, int], crop: int, pad: int, square: bool, mirror: bool
) -> Cut:
    """Place a window in a crop x crop input, with `pad` pixels of context on each side.

    image: its (height, width). The box grows about its centre, to a square if `square`; what
    then lies outside the image stays empty. Rounding is in float32, half away from zero.
    """
    import numpy as np

    if not (pad > 0 or square):
        return Cut(box, crop, crop)
    grow = np.float32(crop) / np.float32(crop - 2 * pad)
    half_w = np.float32((box[2] - box[0] + 1) / 2.0)
    half_h = np.float32((box[3] - box[1] + 1) / 2.0)
    centre_x, centre_y = np.float32(box[0]) + half_w, np.float32(box[1]) + half_h
    if square:
        half_w = half_h = max(half_w, half_h)
    xs = _span(centre_x, half_w * grow, image[1], crop)
    ys = _span(centre_y, half_h * grow, image[0], crop)
    # A mirrored window is mirrored after resizing, so its padding is on the other side.
    left, top = xs.after if mirror else xs.before, ys.before
    height, width = min(ys.size, crop - top), min(xs.size, crop - left)
    return Cut((xs.first, ys.first, xs.last, ys.last), height, width, top, left)


@dataclass(frozen=True)
class _Span:
    """One direction of a cut: pixels first..last, resized to `size`, and what is missing."""

    first: int
    last: int
    size: int
    before: int
    after: int


def _span(centre: np.float32, half: np.float32, limit: int, crop: int) -> _Span:
    import numpy as np

    first, last = _round_half_away(centre - half), _round_half_away(centre + half)
    scale = np.float32(crop) / np.float32(last - first + 1)
    before, after = max(0, -first), max(0, last - limit + 1)
    first, last = first + before, last - after
    if last < first:
        raise DataError("a window lies wholly outside its image")
    sizes = (_round_half_away(np.float32(n) * scale) for n in (last - first + 1, before, after))
    return _Span(first, last, *sizes)


def _round_half_away(value: np.floating) -> int:
    """As C's round does."""
    return int(math.copysign(math.floor(abs(float(value)) + 0.5), float(value)))


def cut_out(image: NDArray[np.uint8], cut: Cut, mirror: bool) -> NDArray[np.uint8]:
    """Cut the box out of `image` (C, H, W), resize and mirror it: (C, height, width).

    Raises: DataError if the box reaches beyond the image.
    """
    x1, y1, x2, y2 = cut.box
    _, height, width = image.shape
    if not (0 <= x1 <= x2 < width and 0 <= y1 <= y2 < height):
        raise DataError(
            f"the window {cut.box} reaches beyond the image, which is {height} high and "
            f"{width} wide",
            hint="clip the windows, or set context_pad",
        )
    if min(cut.height, cut.width) < 1:
        raise DataError(f"the window {cut.box} is too thin to be resized")
    piece = bilinear(image[:, y1 : y2 + 1, x1 : x2 + 1], cut.height, cut.width)
    return piece[..., ::-1] if mirror else piece
