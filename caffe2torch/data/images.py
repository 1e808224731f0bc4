"""Reads one image file as ReadImageToCVMat does: decoded by OpenCV's rules, then resized.

Source: Caffe src/caffe/util/io.cpp, ReadImageToCVMat
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from caffe2torch.data import image
from caffe2torch.data.paths import places, resolve
from caffe2torch.data.resize import bilinear
from caffe2torch.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def read_bytes(path: str, base: str | None = None) -> bytes:
    """Return the content of an image file. Raises DataError if it cannot be read."""
    try:
        return Path(resolve(path, base)).read_bytes()
    except FileNotFoundError:
        raise DataError(f'image "{path}" does not exist', hint=places(path, base)) from None
    except OSError as error:
        raise DataError(f'image "{path}" cannot be read: {error.strerror}') from None


def read_image(
    path: str, height: int, width: int, color: bool, base: str | None = None
) -> NDArray[np.uint8]:
    """Read an image file to (C, H, W) uint8, C = 3 in blue, green, red order or 1.

    height, width: the size to resize to; if either is 0 the image keeps its own.
    Raises: DataError if the file is missing or is no image.
    """
    data = read_bytes(path, base)
    try:
        pixels = image.decode(data, "color" if color else "gray")
    except DataError as error:
        raise DataError(f'"{path}" {error.message}') from None
    return bilinear(pixels, height, width) if height > 0 and width > 0 else pixels
