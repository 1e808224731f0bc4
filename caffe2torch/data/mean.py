"""Reads the mean image of transform_param.mean_file.

Source: Caffe src/caffe/data_transformer.cpp, constructor; blob.cpp, Blob::FromProto
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caffe2torch.data.faults import FieldError
from caffe2torch.data.paths import places, resolve
from caffe2torch.errors import C2TError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FIELD = "transform_param.mean_file"


def read_mean(path: str, base: str | None = None) -> NDArray[np.float32]:
    """Read a binaryproto mean to (C, H, W) float32, in the unit of the stored pixels.

    Raises: DataError if the file is missing, is no BlobProto, or is no image.
    """
    from pathlib import Path

    from caffe2torch import weights

    found = resolve(path, base)
    if not Path(found).is_file():
        raise FieldError(
            f'mean_file "{path}" does not exist', field=_FIELD, hint=places(path, base)
        )
    try:
        mean: NDArray[np.float32] = weights.read_mean(found)
    except C2TError as error:
        message = f'mean_file "{path}": {error.message}'
        raise FieldError(message, field=_FIELD, hint=error.hint) from None
    if mean.ndim > 4 or (mean.ndim == 4 and mean.shape[0] != 1) or mean.size == 0:
        message = f'mean_file "{path}" holds a blob of shape {mean.shape}, not one image'
        raise FieldError(message, field=_FIELD)
    # Caffe reads the legacy shape: missing leading axes are 1
    return mean.reshape((1,) * (3 - mean.ndim) + mean.shape[-3:])
