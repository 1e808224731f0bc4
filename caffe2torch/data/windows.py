"""Window files of R-CNN: images, and boxes in them sorted into objects and background.

Source: Caffe src/caffe/layers/window_data_layer.cpp, DataLayerSetUp
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.lists import read_list
from caffe2torch.errors import DataError

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
    """The images of a window file in order (path, channels, height, width), and its windows."""

    images: list[tuple[str, int, int, int]]
    foreground: list[Window]
    background: list[Window]


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
            _image(words, param, out)
    except StopIteration:
        raise DataError(f'window file "{param.source}" is cut off') from None
    except (ValueError, DataError) as error:
        where = f'window file "{param.source}", image {len(out.images)}'
        raise DataError(f"{where}: {error}") from None
    _check_images(param, out)
    for kind, found in (("foreground", out.foreground), ("background", out.background)):
        if not found:
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


def _image(words: Iterator[str], param: pb.WindowDataParameter, out: WindowFile) -> None:
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
