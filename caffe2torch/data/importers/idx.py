"""Reads idx files, the format of MNIST and its kin, plain or gzipped.

Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits", FILE FORMATS
"""

from __future__ import annotations

import gzip
import io
import zlib
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from caffe2torch import inputs
from caffe2torch.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Third byte of the file -> numpy's name of a big-endian number.
MOST_AXES = 32
PIECE = 1 << 24  # bytes that are unpacked at once
TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read(path: Path) -> NDArray[np.generic]:
    """Return the array of an idx file, in its own shape and type.

    Raises: DataError naming the file if it is not idx, or is cut off or too long; OSError.
    """
    import numpy as np

    content = _content(path)
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in TYPES:
        what = f"starts with {content[:4].hex(' ')}" if content else "is empty"
        raise DataError(
            f"{path}: no idx file: it {what}", hint="idx starts with 00 00 08 03 for images"
        )
    if content[3] > MOST_AXES:
        raise DataError(
            f"{path}: no idx file: it has {content[3]} axes", hint="images have 3, labels 1"
        )
    start = 4 + 4 * content[3]
    if len(content) < start:
        raise DataError(f"{path}: cut off: {len(content)} bytes", hint="get the file again")
    shape = tuple(int(n) for n in np.frombuffer(content[4:start], ">u4"))
    type_ = np.dtype(TYPES[content[2]])
    wanted = start + prod(shape) * type_.itemsize
    if len(content) != wanted:
        fault = "cut off" if len(content) < wanted else "too long"
        raise DataError(
            f"{path}: {fault}: {len(content):,} bytes, but {shape} needs {wanted:,}",
            hint="get the file again",
        )
    try:
        return np.frombuffer(content, type_, offset=start).reshape(shape)
    except ValueError:  # numpy counts the axes beside a 0, too
        raise DataError(f"{path}: no idx file: it holds nothing, in shape {shape}") from None


def _content(path: Path) -> bytes:
    """Return the content, unpacked no further than its header says: more is a bomb, or no idx."""
    content = inputs.read(path)
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            head = file.read(4)
            head += file.read(4 * head[3]) if len(head) == 4 else b""
            left, parts = _stated(head) + 1, [head]
            while left and (part := file.read(min(left, PIECE))):  # memory for what is there
                parts.append(part)
                left -= len(part)
            return b"".join(parts)
    except (EOFError, OSError, zlib.error) as error:
        raise DataError(f"{path}: broken gzip file: {error}", hint="get the file again") from None


def _stated(head: bytes) -> int:
    """Return how many bytes an idx header says that its values have, at most as many as fit."""
    import numpy as np

    if len(head) < 4 or head[2] not in TYPES:
        return 0
    shape = [int(n) for n in np.frombuffer(head[4 : 4 + (len(head) - 4) // 4 * 4], ">u4")]
    return min(prod(shape) * np.dtype(TYPES[head[2]]).itemsize, 1 << 34)


def read_images(path: Path) -> NDArray[np.uint8]:
    """Return the images of an idx file as (N, C, H, W) uint8, 0..255; (N, H, W) gets C = 1.

    Raises: DataError if the file holds anything else.
    """
    import numpy as np

    array = read(path)
    if array.ndim not in (3, 4) or array.dtype != np.uint8:
        swapped = "; are the two files swapped?" if array.ndim == 1 else ""
        raise DataError(
            f"{path}: no images: it holds {array.dtype.name} of shape {array.shape}{swapped}",
            hint="images are uint8 of shape (N, H, W) or (N, C, H, W)",
        )
    images = array.astype(np.uint8, copy=False)
    return images if images.ndim == 4 else images[:, None]


def read_labels(path: Path) -> list[int]:
    """Return the labels of an idx file, one an image.

    Raises: DataError if the file holds anything but one row of integers.
    """
    array = read(path)
    if array.ndim != 1 or array.dtype.kind not in "ui":
        swapped = "; are the two files swapped?" if array.ndim in (3, 4) else ""
        raise DataError(
            f"{path}: no labels: it holds {array.dtype.name} of shape {array.shape}{swapped}",
            hint="labels are one row of integers",
        )
    labels: list[int] = array.tolist()
    return labels
