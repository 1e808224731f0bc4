"""The signal dies on its way: a later layer hardly depends on the image any more.

The spread of a layer's values over a batch is compared with that of the first layer. Below a
millionth, float32 cannot tell two images apart once biases are added.
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
    first = next((blob.std for blob in blobs if blob.std > 0), 0.0)
    for blob in blobs:
        if first and blob.std < SMALLEST * first:
            yield (
                f"values spread by {blob.std:.2g}, {blob.std / first:.1e} of the first layer's",
                blob.layer,
                False,
            )
            return
