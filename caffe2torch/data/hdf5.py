"""HDF5 files of examples: read with errors that name file and dataset, and written.

Source: Caffe src/caffe/util/hdf5.cpp, hdf5_load_nd_dataset; src/caffe/layers/hdf5_output_layer.cpp;
        blob.hpp, LegacyShape
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caffe2torch import outputs
from caffe2torch.atomic import replacing
from caffe2torch.data.lists import read_list
from caffe2torch.data.paths import places, resolve
from caffe2torch.errors import C2TError, DataError, ShapeError
from caffe2torch.weights import hdf5_file

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
        hdf5_file.check_memory(datasets)
        arrays = [hdf5_file.read_numbers(dataset) for dataset in datasets]
    counts = {top: len(array) for top, array in zip(tops, arrays, strict=True)}
    if len(set(counts.values())) != 1 or not arrays[0].size:
        rows = ", ".join(f'"{top}" {count}' for top, count in counts.items())
        raise DataError(
            f'"{path}": all datasets must have the same number of rows, at least one: {rows}'
        )
    return arrays


@contextmanager
def opened(path: str, base: str | None) -> Iterator[Any]:
    """Open an HDF5 file for reading. Raises: DataError that names it if it cannot be read."""
    resolved = resolve(path, base, bare=False)
    if not Path(resolved).exists():
        raise DataError(f'HDF5 file "{path}" does not exist', hint=places(path, base, bare=False))
    try:
        with hdf5_file.opened(resolved, partial(_unreadable, path)) as file:
            yield file
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from None


def _unreadable(path: str, reason: str) -> DataError:
    return DataError(f'"{path}" is no HDF5 file that can be read: {reason}')


def find_dataset(file: Any, path: str, top: str) -> Any:
    """Return the dataset of an open file that a top is named after.

    Raises: DataError if there is none, it is not an array of numbers, or lies in another file.
    """
    dataset = hdf5_file.member(file, top)
    if not hasattr(dataset, "dtype"):
        known = ", ".join(f'"{name}"' for name in hdf5_file.names(file)) or "none"
        raise DataError(
            f'"{path}" has no dataset "{top}"', hint=f"name the top after one of: {known}"
        )
    if not hdf5_file.is_numbers(dataset) or dataset.ndim < 1:
        raise DataError(
            f'"{path}": dataset "{top}" is {dataset.dtype} of shape {dataset.shape}',
            hint="store an array of floats or integers with one row an example",
        )
    return dataset


def first_rows(dataset: Any, count: int) -> NDArray[np.float32]:
    """Return at most `count` rows of a dataset as float32. Raises: DataError if they are a bomb."""
    hdf5_file.check_rows(dataset, min(count, len(dataset)))
    rows: NDArray[np.float32] = dataset[:count].astype("float32")
    return rows


def is_output(path: Path) -> bool:
    """Whether a file is what `write`, or Caffe's HDF5Output, makes: datasets data and label."""
    if not path.stat().st_size:
        return True
    try:
        with hdf5_file.opened(path, DataError) as file:
            return set(file) == {"data", "label"}
    except (C2TError, OSError):
        return False


def write(path: str, data: NDArray[np.float32], label: NDArray[np.float32]) -> None:
    """Write one batch as the datasets "data" and "label", both (N, C, H, W) float32.

    Missing axes at the end become 1, as in Caffe, so N labels are written as (N, 1, 1, 1).
    Raises: ShapeError if the batches differ or have more than 4 axes; DataError if the file
        cannot be written; C2TError if it is not to be, as `outputs.check` says.
    """
    import h5py

    outputs.check(path, "file_name", is_output)
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
