"""The loss or its gradient is no number: a value overflowed, or 0 was divided by 0.

No update is done with it, so that the weights of the last good iteration are kept.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from caffe2torch.health.history import History

ADVICE = (
    "lower base_lr (a tenth), or set clip_gradients; if it is so from the first iteration on, "
    "look for NaN in the data with c2t check"
)


def check(history: History) -> Iterator[tuple[str, str, bool]]:
    """The newest loss, and its gradient."""
    if not math.isfinite(history.bad_gradient):
        yield f"the gradient is {history.bad_gradient}, the loss {history.losses[-1]:.4g}", "", True
    if not math.isfinite(history.losses[-1]):
        before = [loss for loss in history.losses[-6:-1] if math.isfinite(loss)]
        trail = ", ".join(f"{loss:.4g}" for loss in before)
        yield f"the loss is {history.losses[-1]}" + (f", after {trail}" if trail else ""), "", True
