"""The loss jumps far above what it was: one batch, or one step, was of another size."""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import median

from caffe2torch.health.history import History

ADVICE = "set clip_gradients to a few times the usual norm; look at the batch if it comes again"
WINDOW, TIMES = 50, 20.0


def check(history: History) -> Iterator[tuple[str, str, bool]]:
    """The newest loss against the median before it, in units of its usual distance from there."""
    recent = history.recent(WINDOW + 1)
    if not recent or not all(map(math.isfinite, recent)):
        return
    *before, newest = recent
    middle = median(before)
    usual = median(abs(loss - middle) for loss in before)
    floor = max(usual, 0.05 * abs(middle), 0.05)
    if newest > middle + TIMES * floor:
        yield f"the loss is {newest:.4g}; it was {middle:.4g} ± {usual:.2g}", "", False
