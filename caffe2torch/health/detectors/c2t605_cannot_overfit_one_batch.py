"""A net cannot learn a single batch by heart, which any net that works does within minutes.

So the fault is in the net, its initial values or the rate: not in the amount of data, and hardly
in the labels. Only a probe trains on one batch.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from caffe2torch.health.history import History

ADVICE = (
    "look for the cause in the net, its fillers and base_lr (c2t lint, c2t signal, c2t lr-find); "
    "more data or more iterations will not help"
)
FEWEST, LEAST, LAST = 50, 0.7, 5


def check(history: History) -> Iterator[tuple[str, str, bool]]:
    """The smallest mean of a few losses against the first loss, or against that of a guess."""
    losses = history.one_batch
    if len(losses) < FEWEST and all(map(math.isfinite, losses)):
        return
    first, least = losses[0], lowest(losses)
    if not least < LEAST * min(first, history.chance or first):
        yield (
            f"trained on one batch only, the loss was {first:.4g} at first and {least:.4g} at best "
            f"in {len(losses)} iterations",
            "",
            False,
        )


def lowest(losses: list[float]) -> float:
    """The lowest mean of a few losses in a row; NaN where none is finite."""
    means = [sum(losses[i : i + LAST]) / LAST for i in range(max(1, len(losses) - LAST + 1))]
    return min((mean for mean in means if math.isfinite(mean)), default=math.nan)
