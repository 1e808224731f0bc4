"""The loss jumps far above what it was: one batch, or one step, was of another size."""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import median

from caffe2torch.health.history import History

ADVICE = "set clip_gradients to a few times the usual norm; look at the batch if it comes again"
WINDOW, TIMES, NEWEST = 30, 20.0, 10
"""Detectors are asked every ten iterations at least, so that none of the losses is missed."""


def check(history: History) -> Iterator[tuple[str, str, bool]]:
    """Each of the newest losses against those before it."""
    losses = history.recent(min(len(history.losses), WINDOW + NEWEST))
    if not all(map(math.isfinite, losses)):
        return
    for i in range(max(WINDOW, len(losses) - NEWEST), len(losses)):
        before = losses[i - WINDOW : i]
        middle = median(before)
        least = max(0.05 * abs(middle), 0.05)
        if losses[i] <= middle + TIMES * least:
            continue
        usual = spread(before)
        if losses[i] > middle + TIMES * max(usual, least):
            at = history.iteration - len(losses) + 1 + i
            yield (
                f"the loss is {losses[i]:.4g} at iteration {at}; it was {middle:.4g} ± {usual:.2g}",
                "",
                False,
            )
            return


def spread(losses: list[float]) -> float:
    """Return the usual distance from the median."""
    middle = median(losses)
    return median(abs(loss - middle) for loss in losses)
