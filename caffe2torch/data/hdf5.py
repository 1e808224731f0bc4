"""HDF5 files of examples: read with errors that name file and dataset, and written.

Source: Caffe src/caffe/util/hdf5.cpp, hdf5_load_nd_dataset; src/caffe/layers/hdf5_output_layer.cpp;
        blob.hpp, LegacyShape
"""

from __future__ import annotations

import os
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caffe2torch import inputs
from caffe2torch.atomic import replacing
from caffe2torch.data.lists import read_list
from caffe2torch.data.paths import places, resolve
from caffe2torch.errors import DataError, ShapeError, shape_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def file_list(source: str, base: str | None) -> list[str]:
    """Return the files that an HDF5 list names, separated by white space."""
    paths = read_list(source, base).split()
    if not paths:
        raise DataError(f'list "{source}" names no HDF5 file')
    return paths


def read_file(path: str, tops: list[str], base: str | None) -> list[NDArray[np.float32]]:
    """Read the datasets `tops` of an HDF5 file, each (rows, ...) as float32.

    Raises: DataError if the file or a dataset is missing or is not of numbers.
    """
    with opened(path, base) as file:
        datasets = [find_dataset(file, path, top) for top in tops]
        _check_memory(path, datasets)
        arrays = [dataset[...].astype("float32") for dataset in datasets]
    counts = {top: len(array) for top, array in zip(tops, arrays, strict=True)}
    if len(set(counts.values())) != 1 or not arrays[0].size:
        rows = ", ".join(f'"{top}" {count}' for top, count in counts.items())
        raise DataError(
            f'"{path}": all datasets must have the same number of rows, at least one: {rows}'
        )
    return arrays


ALLOW = "C2T_ALLOW_EXTERNAL_HDF5"


def _check_memory(path: str, datasets: list[Any]) -> None:
    """Refuse datasets that the machine cannot hold: a tiny file may state any shape."""
    needed = sum(4 * prod(d.shape) + d.dtype.itemsize * prod(d.shape) for d in datasets)
    if hasattr(os, "sysconf"):
        there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        if needed > there:
            shapes = ", ".join(f'"{d.name.lstrip("/")}" {shape_text(d.shape)}' for d in datasets)
            raise DataError(
                f'"{path}": {shapes} need {needed / 2**30:,.0f} GiB of memory, and this machine '
                f"has {there / 2**30:,.0f}",
                hint="split the file: a file of the list is read whole, as in Caffe",
            )


def _refuse_elsewhere(file: Any, path: str, top: str) -> None:
    """Refuse a dataset that lies in another file, unless the environment allows it."""
    import h5py

    if os.environ.get(ALLOW):
        return
    link = file.get(top, getlink=True)
    dataset = None if isinstance(link, h5py.ExternalLink) else file.get(top)
    stored = isinstance(dataset, h5py.Dataset) and (dataset.external or dataset.is_virtual)
    if isinstance(link, h5py.ExternalLink) or stored:
        raise DataError(
            f'"{path}": dataset "{top}" lies in another file',
            hint=f"copy it into this one, or set {ALLOW}=1 if you trust the file",
        )


class opened:
    """An HDF5 file opened for reading, with errors that name it."""

    def __init__(self, path: str, base: str | None) -> None:
        self.path, self.base = path, base

    def __enter__(self) -> Any:
        import h5py

        path = resolve(self.path, self.base, bare=False)
        if not Path(path).is_file():
            raise DataError(
                f'HDF5 file "{self.path}" does not exist',
                hint=places(self.path, self.base, bare=False),
            )
        try:
            inputs.check(path)
            self.file = h5py.File(path, "r")
        except OSError as error:
            raise DataError(f'"{self.path}" is no HDF5 file that can be read: {error}') from None
        return self.file

    def __exit__(self, *_error: object) -> None:
        self.file.close()


def find_dataset(file: Any, path: str, top: str) -> Any:
    """Return the dataset of an open file that a top is named after.

    Raises: DataError if there is none, or it is not an array of numbers.
    """
    import h5py

    _refuse_elsewhere(file, path, top)
    dataset = file.get(top)
    if not isinstance(dataset, h5py.Dataset):
        known = ", ".join(f'"{name}"' for name in file) or "none"
        raise DataError(
            f'"{path}" has no dataset "{top}"', hint=f"name the top after one of: {known}"
        )
    if dataset.dtype.kind not in "fiu" or dataset.ndim < 1:
        raise DataError(
            f'"{path}": dataset "{top}" is {dataset.dtype} of shape {dataset.shape}',
            hint="store an array of floats or integers with one row an example",
        )
    return dataset


def write(path: str, data: NDArray[np.float32], label: NDArray[np.float32]) -> None:
    """Write one batch as the datasets "data" and "label", both (N, C, H, W) float32.

    Missing axes at the end become 1, as in Caffe, so N labels are written as (N, 1, 1, 1).
    Raises: ShapeError if the batches differ or have more than 4 axes; DataError if the file
        cannot be written.
    """
    import h5py

    if data.shape[:1] != label.shape[:1] or max(data.ndim, label.ndim) > 4:
        raise ShapeError(
            f"HDF5Output takes two blobs of one batch size and at most 4 axes, and got "
            f"{data.shape} and {label.shape}",
            field="bottom",
        )
    try:
        with replacing(Path(path)) as aside, h5py.File(aside, "w") as file:
            for name, blob in (("data", data), ("label", label)):
                file[name] = blob.reshape(blob.shape + (1,) * (4 - blob.ndim)).astype("float32")
    except OSError as error:
        raise DataError(f'HDF5 file "{path}" cannot be written: {error}') from None
