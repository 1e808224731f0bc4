"""The signal explodes: values grow by orders of magnitude from layer to layer."""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.health.history import History

ADVICE = (
    "scale the input to a spread near 1 (scale: 0.0039 with a mean in grey levels, or a smaller "
    "filler std in the first layers), or put BatchNorm behind the convolutions"
)
LARGEST = 1e6


def check(history: History) -> Iterator[tuple[str, str, bool]]:
    """At the newest measurement."""
    for blob in history.newest_blobs:
        if blob.std > LARGEST:
            yield f"values spread by {blob.std:.2g}", blob.layer, False
            return
