"""The loss stays at ln(C), what a guess among C classes costs: nothing is learned."""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.health.history import History

ADVICE = (
    "look at c2t lint and c2t signal for the cause; where they are silent, check that labels "
    "belong to their images, and try ten times the base_lr"
)
FEWEST, NEAR = 150, 0.02


def check(history: History) -> Iterator[tuple[str, str, bool]]:
    """The mean of the newest losses against ln(C), once and a while later."""
    chance, recent = history.chance, history.recent(FEWEST)
    if not chance or not recent:
        return
    half = FEWEST // 2
    means = [sum(part) / half for part in (recent[:half], recent[half:])]
    if all(at_chance(mean, chance) for mean in means) and means[1] > 0.995 * means[0]:
        yield (
            f"the loss was {means[1]:.4f} over the last {half} iterations; "
            f"ln({history.classes}) is {chance:.4f}",
            "",
            False,
        )


def at_chance(loss: float, chance: float) -> bool:
    """Whether a loss is that of a guess."""
    return abs(loss - chance) < NEAR * chance
