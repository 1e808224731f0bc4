"""Reads HDF5 files of anybody: nothing outside of the file, no more memory than it is worth.

HDF5 can name other files (external links, external storage, virtual datasets), links that lead in
circles, types in place of data, and shapes of any size in a file of a few bytes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import prod
from typing import TYPE_CHECKING, Any

from caffe2torch import inputs
from caffe2torch.errors import C2TError, DataError, shape_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ALLOW = "C2T_ALLOW_EXTERNAL_HDF5"
"""Set to 1, datasets that lie in other files are read."""
FREE = 1 << 28
"""Bytes of memory that any file may take; a larger one may take as much as its size allows."""
PACKED = 64
"""How many times its file a dataset may be in memory, beyond FREE."""
BROKEN = (OSError, RuntimeError, KeyError, ValueError, TypeError, OverflowError)
"""What h5py raises for damaged files."""


@contextmanager
def opened(path: str | os.PathLike[str], fail: Callable[[str], C2TError]) -> Iterator[Any]:
    """Open a file; what HDF5 stumbles over, now or in the block, becomes what `fail` makes of it.

    Raises: OSError for what is no file.
    """
    import h5py

    inputs.check(path)
    try:
        with h5py.File(inputs.place(path), "r") as file:
            yield file
    except BROKEN as error:
        raise fail(str(error).partition("\n")[0]) from None


def member(group: Any, name: str) -> Any:
    """Return a dataset or group inside of a group by name, None for none and for anything else.

    Raises: DataError for a link to another file, unless C2T_ALLOW_EXTERNAL_HDF5 is set; what h5py
    raises for links that lead in circles.
    """
    import h5py

    link = group.get(name, getlink=True)
    if isinstance(link, h5py.ExternalLink) and not os.environ.get(ALLOW):
        raise _elsewhere(group, name)
    inner = group.get(name)
    stored = isinstance(inner, h5py.Dataset) and (inner.external or inner.is_virtual)
    if stored and not os.environ.get(ALLOW):
        raise _elsewhere(group, name)
    return inner if isinstance(inner, h5py.Dataset | h5py.Group) else None


def names(group: Any) -> list[str]:
    """Return the names in a group. Raises: ValueError for one that is not UTF-8, as h5py has it."""
    every = list(group)
    for name in every:
        if not isinstance(name, str):
            raise ValueError(f"the name {name!r} is not UTF-8")
    return every


def members(group: Any) -> Iterator[tuple[str, Any]]:
    """Yield name and member of each dataset and group of a group; raises as `member` does."""
    for name in names(group):
        inner = member(group, name)
        if inner is not None:
            yield name, inner


def _elsewhere(group: Any, name: str) -> DataError:
    return DataError(
        f'"{group.file.filename}": dataset "{name}" lies in another file',
        hint=f"copy it into this one, or set {ALLOW}=1 if you trust the file",
    )


def is_numbers(dataset: Any) -> bool:
    """Whether a member is a dataset of floats or integers."""
    kind = getattr(getattr(dataset, "dtype", None), "kind", "")
    return kind in set("fiu") and getattr(dataset, "shape", None) is not None


def read_numbers(dataset: Any) -> NDArray[np.float32]:
    """Return a whole dataset of numbers as float32. Raises: DataError as `check_memory` does."""
    import numpy as np

    check_memory([dataset])
    values: NDArray[np.float32] = np.asarray(dataset[()], np.float32)
    return values


def check_memory(datasets: list[Any]) -> None:
    """Refuse to read whole datasets that the machine cannot hold, or that their file does not fill.

    A file of a kilobyte may state any shape, and unpack to a thousand times its size.
    Raises: DataError.
    """
    if not datasets:
        return
    needed = sum((4 + d.dtype.itemsize) * prod(d.shape) for d in datasets)
    there = _memory()
    stored = os.stat(datasets[0].file.filename).st_size  # noqa: PTH116  a str or bytes
    if needed <= min(there, max(FREE, PACKED * stored)):
        return
    shapes = ", ".join(f'"{d.name.lstrip("/")}" {shape_text(d.shape)}' for d in datasets)
    what = f"and this machine has {there / 2**30:,.0f}"
    if needed <= there:
        what = f"and the file has {stored:,} bytes"
    raise DataError(
        f'"{datasets[0].file.filename}": {shapes} need {needed / 2**30:,.1f} GiB of memory, {what}',
        hint="split the file: a file is read whole, as in Caffe; or write it without compression",
    )


def check_rows(dataset: Any, rows: int) -> None:
    """Refuse to read a part of a dataset whose rows, or chunks, its file does not fill."""
    stored = os.stat(dataset.file.filename).st_size  # noqa: PTH116  a str or bytes
    count = max(rows * prod(dataset.shape[1:]), prod(dataset.chunks or (1,)))
    if dataset.dtype.itemsize * count > max(FREE, PACKED * stored):
        raise DataError(
            f'"{dataset.file.filename}": "{dataset.name.lstrip("/")}" {shape_text(dataset.shape)} '
            f"is larger than a file of {stored:,} bytes fills"
        )


def _memory() -> int:
    if not hasattr(os, "sysconf"):
        return 1 << 40
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
