"""The score of the averaged weights stands still while that of the weights themselves moves.

An average with decay d looks back about 1/(1 - d) iterations: at 0.9999 the initial weights still
have a share of 37 % after 10,000. What is frozen is the average, not the training.
Source: Polyak and Juditsky 1992
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.health.history import History

ADVICE = (
    "judge the training by the raw score; let the decay ramp up (leave out --no-ema-warmup), or "
    "choose one that forgets within a tenth of the run: decay = 1 - 10 / max_iter"
)
TESTS, MOVED, SHARE = 2, 0.1, 0.2


def check(history: History) -> Iterator[tuple[str, str, bool]]:
    """How far both scores have moved since the first test."""
    for key, averaged in history.averaged.items():
        raw = history.scores.get(key, [])
        if len(averaged) <= TESTS or len(raw) <= TESTS:
            continue
        moved = [scores[-1][1] - scores[0][1] for scores in (raw, averaged)]
        least = MOVED * max(1.0, abs(raw[0][1]))
        if abs(moved[0]) > least and moved[1] / moved[0] < SHARE:
            yield (
                f'"{key[1]}" of the averaged weights is {averaged[-1][1]:.4g} '
                f"(at first {averaged[0][1]:.4g}), that of the weights {raw[-1][1]:.4g}",
                "",
                False,
            )
