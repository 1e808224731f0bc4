"""Nearly all outputs of a ReLU are 0: no gradient passes, and its units may never come back."""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.health.history import History

ADVICE = (
    "lower base_lr or warm it up (one large step is enough to kill a ReLU), start its bias at "
    "0.1, or use a negative_slope"
)
SHARE = 0.995


def check(history: History) -> Iterator[tuple[str, str, bool]]:
    """At the newest measurement, after the first update."""
    if max(history.activations, default=0) == 0:
        return
    for blob in history.newest_blobs:
        if blob.type == "ReLU" and blob.zeros > SHARE:
            yield f"{blob.zeros:.1%} of its outputs are 0 over a batch", blob.layer, False
