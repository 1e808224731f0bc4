"""Mean images: read, computed from a database, and brought from one unit to another.

Caffe computes (pixel - mean) * scale, so a mean is in the unit of the stored pixels, 0..255 or
0..1.

Source: Caffe src/caffe/data_transformer.cpp, constructor and Transform; blob.cpp, Blob::FromProto;
        tools/compute_image_mean.cpp
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from caffe2torch import inputs
from caffe2torch.atomic import replacing
from caffe2torch.data.boxed import plain
from caffe2torch.data.datum import parse, pixels
from caffe2torch.data.faults import FieldError, at_record
from caffe2torch.data.fused import usable
from caffe2torch.data.npy import load_npy
from caffe2torch.data.paths import places, resolve
from caffe2torch.data.skips import Skips
from caffe2torch.data.sources import Source
from caffe2torch.data.sources.base import walk
from caffe2torch.errors import C2TError, DataError, plural, shape_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FIELD = "transform_param.mean_file"

# A mean of pixels in 0..1 stays below this; one of raw pixels is nowhere near it.
_BRIGHTEST_UNIT_1 = 1.0

# Grey levels of 255 by which the mean of some hundred images of a dataset misses that of another
# hundred (2.6 for the shipped digits); the means of two datasets lie further apart.
CLOSE = 5.0

_LOG_EVERY = 10_000  # records between two messages


def read_mean(path: str, base: str | None = None) -> NDArray[np.float32]:
    """Read a binaryproto mean to (C, H, W) float32, in the unit of the stored pixels.

    Raises: DataError if the file is missing, is no BlobProto, is no image, or has less than four
    axes, which Caffe takes for another image (Blob::LegacyShape).
    """
    mean = _read_blob(path, base)
    if mean.ndim < 4:
        n, *size = (*mean.shape, 1, 1, 1)[:4]
        file = Path(path).name
        raise FieldError(
            f'mean_file "{path}" has {mean.ndim} axes, {mean.shape}: Caffe reads it as '
            f"{plural(n, 'image')} of {shape_text(tuple(size))}, and wants (1, C, H, W)",
            field=_FIELD,
            hint=f"write it with four axes: c2t rescale-mean {file} --scale 1 -o new_{file}; in "
            "Python, array_to_blobproto(mean[np.newaxis])",
        )
    return mean.reshape(mean.shape[-3:])


def _read_blob(path: str, base: str | None) -> NDArray[np.float32]:
    from caffe2torch import weights

    piped = base is None and path == inputs.STDIN
    resolved = path if piped else resolve(path, base)
    if not (piped or Path(resolved).is_file()):
        raise FieldError(
            f'mean_file "{path}" does not exist', field=_FIELD, hint=places(path, base)
        )
    try:
        mean: NDArray[np.float32] = weights.read_mean(resolved)
    except C2TError as error:
        message = f'mean_file "{path}": {error.message}'
        raise FieldError(message, field=_FIELD, hint=error.hint) from None
    if mean.ndim > 4 or (mean.ndim == 4 and mean.shape[0] != 1) or mean.size == 0:
        message = f'mean_file "{path}" holds a blob of shape {mean.shape}, not one image'
        raise FieldError(message, field=_FIELD)
    return mean


def load_mean(path: Path) -> NDArray[np.float32]:
    """Return a mean as (C, H, W) float32, for tools, to which fewer axes are welcome.

    A binaryproto may hold (C, H, W), a .npy file also (H, W), (C,) or (1, C, H, W).
    Raises: DataError if the file is no mean; OSError.
    """
    import numpy as np

    if path.suffix == ".npy":
        mean = _read_npy(path)
    else:
        mean = _read_blob(str(path), None)
        mean = mean.reshape((1,) * (3 - mean.ndim) + mean.shape[-3:])
    if not np.isfinite(mean).all():
        raise DataError(f"{path} holds NaN or infinity", hint="compute the mean again")
    return mean


def _read_npy(path: Path) -> NDArray[np.float32]:
    import numpy as np

    array = load_npy(path)
    if array.ndim == 1:
        array = array[:, None, None]
    shape = (1,) * (3 - array.ndim) + array.shape
    if len(shape) == 4 and shape[0] == 1:
        shape = shape[1:]
    if len(shape) != 3 or not array.size or array.dtype.kind not in "fiu":
        raise DataError(f"{path}: {array.dtype} of shape {array.shape} is no mean of one image")
    mean: NDArray[np.float32] = array.reshape(shape).astype(np.float32)
    return mean


def save_mean(path: Path, mean: NDArray[np.float32]) -> None:
    """Write a mean (C, H, W) as .npy if `path` says so, else as Caffe's binaryproto."""
    if path.suffix != ".npy":
        from caffe2torch.weights import write_mean

        write_mean(path, mean)
        return
    import numpy as np

    with replacing(path) as aside, aside.open("wb") as file:
        np.save(file, mean)


def unit_of(mean: NDArray[np.float32]) -> int | None:
    """Return 255 or 1 by the range of the values, or None where the range fits neither."""
    low, high = float(mean.min()), float(mean.max())
    if low < 0 or high > 255 or high == 0:
        return None
    return 1 if high <= _BRIGHTEST_UNIT_1 else 255


def factor_to(mean: NDArray[np.float32], unit: int) -> float:
    """Return what the mean must be multiplied by to be in `unit`, 255 or 1.

    Raises: DataError if the range does not tell the present unit.
    """
    present = unit_of(mean)
    if present is None:
        raise DataError(
            f"values from {mean.min():g} to {mean.max():g} are neither 0..255 nor 0..1",
            hint="say the factor itself: --scale S",
        )
    return unit / present


@dataclass(frozen=True)
class Comparison:
    """A mean against the mean of a database.

    theirs:     (C, H, W) float32, mean of the records as stored
    factor:     the mean is about this many times the database's
    difference: mean absolute difference, in units of the database's pixels
    reversed:   the same after reversing the channels
    """

    theirs: NDArray[np.float32]
    factor: float
    difference: float
    reversed: float

    @property
    def close(self) -> bool:
        """Whether the two are the same, as far as means of one dataset are."""
        return self.difference <= CLOSE / 255 * self.span

    @property
    def span(self) -> int:
        """The largest pixel value of the database's unit, 255 or 1."""
        return 1 if self.theirs.max() <= _BRIGHTEST_UNIT_1 else 255


def compare(mean: NDArray[np.float32], theirs: NDArray[np.float32]) -> Comparison:
    """Compare a mean with that of a database, both (C, H, W); one value a channel will do.

    Raises: DataError if the shapes differ.
    """
    import numpy as np

    if mean.shape[1:] == (1, 1):
        theirs = theirs.mean(axis=(1, 2), keepdims=True)
    if mean.shape != theirs.shape:
        raise DataError(
            f"the mean is {shape_text(mean.shape)}, but the records are {shape_text(theirs.shape)}",
            hint="Caffe wants the mean of the uncropped records",
        )
    weight = float(np.vdot(theirs, theirs))
    return Comparison(
        theirs,
        float(np.vdot(mean, theirs)) / weight if weight else float("nan"),
        float(np.abs(mean - theirs).mean()),
        float(np.abs(mean[::-1] - theirs).mean()),
    )


def database_mean(
    path: str, log: Callable[[str], None] = lambda _message: None
) -> tuple[NDArray[np.float32], int]:
    """Return the mean (C, H, W) of the records of an LMDB or LevelDB as stored, and their count.

    log: gets a message every 10,000 records. Raises: DataError naming the record at fault.
    """
    from caffe2torch.data.sources import open_source

    source = open_source(path, "LEVELDB" if Path(path, "CURRENT").is_file() else "LMDB")
    try:
        return compute_mean(source, log), len(source)
    finally:
        source.close()


def compute_mean(
    source: Source,
    log: Callable[[str], None] = lambda _message: None,
    skips: Skips | None = None,
) -> NDArray[np.float32]:
    """Return the mean (C, H, W) of the records as stored, summed in float32 as Caffe does.

    log:   gets the messages of Caffe's tool.
    skips: which bad records are left out; none by default
    Raises: DataError naming the first record that is bad or of another size.
    """
    import numpy as np

    skips = skips or Skips(0)
    count, total = 0, np.zeros((), np.float32)
    for key, value in walk(source):
        try:
            with at_record(source.path, key):
                record = parse(plain(value))
                image = usable(pixels(record))
                if count and image.size != total.size:
                    raise DataError(
                        f"has {image.size} values, and the first record has {total.size}",
                        hint="a mean image needs records of one size; use mean_value",
                    )
        except C2TError as error:
            skips.leave_out(key, error)
            continue
        if not count:
            total = np.zeros(image.shape, np.float32)
            if record.encoded:
                log("Decoding Datum")
            log("Starting iteration")
        total += image.reshape(total.shape)
        count += 1
        if count % _LOG_EVERY == 0:
            log(f"Processed {count} files.")
    if not count:
        raise DataError(f'database "{source.path}" holds no record that can be read')
    if count % _LOG_EVERY:
        log(f"Processed {count} files.")
    mean: NDArray[np.float32] = total / np.float32(count)
    return mean


def channel_means(mean: NDArray[np.float32]) -> list[float]:
    """Return the mean of each channel of (C, H, W), summed pixel by pixel in float32."""
    import numpy as np

    flat = mean.reshape(len(mean), -1)
    sums = flat.cumsum(1, dtype=np.float32)[:, -1]  # np.sum would add in another order
    return [float(value) for value in sums / np.float32(flat.shape[1])]
