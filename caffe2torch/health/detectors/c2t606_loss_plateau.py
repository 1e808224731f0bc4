"""The loss stays at ln(C), what a guess among C classes costs, or above it: nothing is learned."""

from __future__ import annotations

import math
from collections.abc import Iterator

from caffe2torch.health.history import History

ADVICE = (
    "look at c2t lint and c2t signal for the cause; where they are silent, check that labels "
    "belong to their images, and try ten times the base_lr"
)
FEWEST, NEAR, STILL = 150, 0.02, 0.005


def check(history: History) -> Iterator[tuple[str, str, bool]]:
    """The means of the newest losses and of those before: at ln(C), or above it and constant."""
    chance, recent = history.chance, history.recent(FEWEST)
    if not chance or not all(map(math.isfinite, recent)) or not recent:
        return
    half = FEWEST // 2
    means = [sum(part) / half for part in (recent[:half], recent[half:])]
    guesses = all(at_chance(mean, chance) for mean in means) and means[1] > 0.995 * means[0]
    constant = min(means) > chance and abs(means[1] - means[0]) < STILL * means[0]
    if guesses or constant:
        yield (
            f"the loss was {means[1]:.4f} over the last {half} iterations, {means[0]:.4f} before; "
            f"ln({history.classes}) is {chance:.4f}",
            "",
            False,
        )


def at_chance(loss: float, chance: float) -> bool:
    """Whether a loss is that of a guess."""
    return abs(loss - chance) < NEAR * chance
