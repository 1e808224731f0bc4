"""The mean image of a database, as compute_image_mean computes it.

Source: Caffe tools/compute_image_mean.cpp
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from caffe2torch.data.datum import pixels
from caffe2torch.data.record import at_record
from caffe2torch.data.sources import Source
from caffe2torch.data.wire import parse
from caffe2torch.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EVERY = 10_000  # records between two messages


def compute_mean(
    source: Source, log: Callable[[str], None] = lambda _message: None
) -> NDArray[np.float32]:
    """Return the mean (C, H, W) of the records as stored, summed in float32 as Caffe does.

    log: gets the messages of Caffe's tool.
    Raises: DataError naming the first record of another size.
    """
    import numpy as np

    cursor, more, count = source.cursor(), True, 0
    total = np.zeros((), np.float32)
    while more:
        with at_record(source.path, cursor.key):
            record = parse(cursor.value)
            image = pixels(record)
            if not count:
                total = np.zeros(image.shape, np.float32)
                if record.encoded:
                    log("Decoding Datum")
                log("Starting iteration")
            if image.size != total.size:
                raise DataError(
                    f"has {image.size} values, and the first record has {total.size}",
                    hint="a mean image needs records of one size; use mean_value",
                )
        total += image.reshape(total.shape)
        count += 1
        if count % EVERY == 0:
            log(f"Processed {count} files.")
        more = cursor.step()
    if count % EVERY:
        log(f"Processed {count} files.")
    mean: NDArray[np.float32] = total / np.float32(count)
    return mean


def channel_means(mean: NDArray[np.float32]) -> list[float]:
    """Return the mean of each channel of (C, H, W), summed pixel by pixel in float32."""
    import numpy as np

    flat = mean.reshape(len(mean), -1)
    sums = flat.cumsum(1, dtype=np.float32)[:, -1]  # np.sum would add in another order
    return [float(value) for value in sums / np.float32(flat.shape[1])]
