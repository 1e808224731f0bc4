"""The loss, its gradient, a rate or weights are no number: something overflowed, or 0 / 0.

Rates and weights above 1e30 count as that, for what they are multiplied by overflows.

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


HUGE = 1e30


def check(history: History) -> Iterator[tuple[str, str, bool]]:
    """The newest loss, its gradient, and the newest rates and weights."""
    yield from _of_layers(history)
    if not math.isfinite(history.bad_gradient):
        yield f"the gradient is {history.bad_gradient}, the loss {history.losses[-1]:.4g}", "", True
    if not math.isfinite(history.losses[-1]):
        before = [loss for loss in history.losses[-6:-1] if math.isfinite(loss)]
        trail = ", ".join(f"{loss:.4g}" for loss in before)
        yield f"the loss is {history.losses[-1]}" + (f", after {trail}" if trail else ""), "", True


def _of_layers(history: History) -> Iterator[tuple[str, str, bool]]:
    """The first layer whose rate or weights are no number."""
    newest = history.norms[max(history.norms)] if history.norms else []
    for norms in newest:
        for what, value in (("rate is", norms.rate), ("weights are of size", norms.weight)):
            if not abs(value) <= HUGE:
                yield f"the {what} {value:.4g}", norms.layer, True
                return
