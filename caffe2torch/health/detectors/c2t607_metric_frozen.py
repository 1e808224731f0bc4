"""A test score is the same to the last digit in test after test: the outputs do not change."""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.health.history import History

ADVICE = (
    "the net answers the same whatever the image is: look at c2t signal for a layer where the "
    "signal ends, and check that the test net is fed and shares the trained layers' names"
)
TESTS, SOLVED = 4, 0.99


def check(history: History) -> Iterator[tuple[str, str, bool]]:
    """Scores that are 0, or of a problem that is solved, do not count."""
    for (net, blob), scores in history.scores.items():
        values = [value for _, value in scores[-TESTS:]]
        if len(values) == TESTS and len(set(values)) == 1 and not _settled(values[0]):
            yield f'"{blob}" of test net #{net} was {values[0]:g} in {TESTS} tests', "", False


def _settled(score: float) -> bool:
    """Whether a score can stand still in a healthy run."""
    return score == 0 or SOLVED <= score <= 1
