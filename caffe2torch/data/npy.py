"""NumPy's .npy and .npz files, read without pickle and without trust in what they state.

Source: NumPy's documentation, numpy.lib.format
"""

from __future__ import annotations

import os
from math import prod
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from caffe2torch import inputs
from caffe2torch.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FREE, PACKED = 1 << 28, 64
"""Bytes that any archive may unpack to, and how many times its own size a larger one may."""


def read_npy(file: IO[bytes], name: str, most: int = inputs.LIMIT) -> NDArray[Any]:
    """Return the one array of an open file, of at most `most` bytes.

    Raises: DataError if it is none, is cut off, or holds objects.
    """
    import numpy as np

    try:
        shape, by_column, kind = _header(file)
    except Exception as error:  # noqa: BLE001 - the header is read as Python, and may say anything
        raise DataError(f"{name}: no .npy file: {error}") from None
    wanted = prod(shape) * kind.itemsize
    if kind.hasobject or kind.names or not kind.itemsize:
        raise DataError(f"{name}: it holds {kind}, not numbers")
    if wanted > most or min(shape, default=0) < 0:
        raise DataError(f"{name}: {kind} of shape {shape} is more than its file can hold")
    content = file.read(wanted)
    if len(content) < wanted:
        raise DataError(f"{name}: cut off: {len(content):,} bytes of {wanted:,}")
    try:
        return np.frombuffer(content, kind).reshape(shape, order="F" if by_column else "C")
    except ValueError as error:  # numpy counts the axes beside a 0, too
        raise DataError(f"{name}: no .npy file: {error}") from None


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    from numpy.lib import format as form

    version = form.read_magic(file)
    if version == (1, 0):
        return form.read_array_header_1_0(file)
    if version == (2, 0):
        return form.read_array_header_2_0(file)
    raise ValueError(f"version {version[0]}.{version[1]} is for names of fields")


def load_npy(path: Path) -> NDArray[Any]:
    """Return the array of a .npy file. Raises: DataError as `read_npy` does; OSError."""
    with inputs.opened(path) as file:
        if file.read(2) == b"PK":
            raise DataError(f"{path}: an archive of arrays", hint="save the one array with np.save")
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        return read_npy(file, str(path), size)


def load_npz(path: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays of a .npz file by name.

    Raises: DataError if it is none, or unpacks to many times its size; OSError.
    """
    from zipfile import ZipFile

    with inputs.opened(path) as file:
        if file.read(6) == b"\x93NUMPY":
            raise DataError(f"{path} holds one array and no labels", hint="use np.savez")
        left = max(FREE, PACKED * file.seek(0, os.SEEK_END))
        arrays = {}
        try:
            with ZipFile(file) as archive:
                for name in archive.namelist():
                    with archive.open(name) as member:
                        array = read_npy(member, f"{path}: {name}", left)
                    arrays[name.removesuffix(".npy")] = array
                    left -= array.nbytes
        except DataError:
            raise
        except Exception as error:  # noqa: BLE001 - zip, zlib and lzma have errors of their own
            raise DataError(f"{path}: no .npz file that can be read: {error}") from None
    return arrays
