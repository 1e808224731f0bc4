"""One record of a database: its pixels as an array, and its label.

Source: Caffe src/caffe/data_transformer.cpp, Transform(const Datum&) and InferBlobShape
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from caffe2torch.data import image
from caffe2torch.data.wire import Buffer, Datum, parse
from caffe2torch.errors import DataError, ShapeError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def decode(
    record: Buffer, force_color: bool = False, force_gray: bool = False
) -> tuple[NDArray[Any], int]:
    """Decode a serialised Datum to its pixels (C, H, W), uint8 or float32, and its label.

    Raises: DataError if the record is no Datum, or holds fewer pixels than its shape says.
    """
    datum = parse(record)
    return pixels(datum, force_color, force_gray), datum.label


def pixels(datum: Datum, force_color: bool = False, force_gray: bool = False) -> NDArray[Any]:
    """Return the pixels of a Datum, (C, H, W): encoded or raw uint8, else float_data in float32.

    force_color, force_gray: of transform_param; they count for encoded records only, whose
        colours come in blue, green, red order. A raw result is a view into the record.
    """
    if datum.encoded:
        return image.decode(datum.data, flag(force_color, force_gray))
    return raw(datum)


def flag(force_color: bool, force_gray: bool) -> image.Flag:
    """Choose how an encoded record is decoded. Raises ShapeError if both are set."""
    if force_color and force_gray:
        raise ShapeError(
            "force_color and force_gray are both set, and the images are encoded",
            field="transform_param.force_gray",
            hint="keep one of them",
        )
    return "color" if force_color else "gray" if force_gray else "unchanged"


def raw(datum: Datum) -> NDArray[Any]:
    """View the pixels of a Datum that is not encoded.

    As in Caffe bytes win over float_data, and what lies beyond C * H * W values is not read.
    """
    import numpy as np

    if min(datum.shape) <= 0:
        raise DataError(f"states the shape {_times(datum)}; all three must be positive")
    count = prod(datum.shape)
    if len(datum.data):
        flat: NDArray[Any] = np.frombuffer(datum.data, np.uint8)
    else:
        flat = datum.floats[0] if len(datum.floats) == 1 else _joined(datum)
    if flat.size < count:
        what = "bytes" if len(datum.data) else "floats"
        raise DataError(
            f"holds {flat.size} {what}, but its shape {_times(datum)} needs {count}",
            hint="if the bytes are a JPEG or PNG, the record must say encoded: true",
        )
    return flat[:count].reshape(datum.shape)


def _joined(datum: Datum) -> NDArray[Any]:
    import numpy as np

    return np.concatenate([np.empty(0, np.float32), *datum.floats])


def _times(datum: Datum) -> str:
    return "x".join(map(str, datum.shape))
