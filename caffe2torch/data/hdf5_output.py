"""Writes what an HDF5Output layer is given.

Source: Caffe src/caffe/layers/hdf5_output_layer.cpp; blob.hpp, LegacyShape
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from caffe2torch.atomic import replacing
from caffe2torch.errors import DataError, ShapeError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


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
