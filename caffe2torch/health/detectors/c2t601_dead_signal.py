"""The signal dies on its way: a later layer hardly depends on the image any more.

How far a layer's values move from image to image is compared with the first layer. Below a
millionth, float32 cannot tell two images apart once biases are added. The spread of all values
would not do: sigmoids that answer 0.5 and a bit, each its own bit, look alive.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.health.history import History

ADVICE = (
    "initialise with msra fillers (xavier loses half of the signal at each ReLU), or put "
    "BatchNorm behind the convolutions; c2t signal shows where it is lost"
)
SMALLEST = 1e-6


def check(history: History) -> Iterator[tuple[str, str, bool]]:
    """At the newest measurement."""
    blobs = history.newest_blobs
    first = next((blob.signal for blob in blobs if blob.signal > 0), 0.0)
    if not first or blobs[-1].signal >= SMALLEST * first:
        return  # a layer that begins at 0 on purpose, as a spatial transformer's, is passed by
    for blob in blobs:
        if blob.signal < SMALLEST * first:
            yield (
                f"values move by {blob.signal:.2g} from image to image, {blob.signal / first:.1e} "
                "of the first layer's",
                blob.layer,
                False,
            )
            return
