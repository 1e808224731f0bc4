"""The test net is no better than a guess at what the train net has learned.

Either it has learned its images by heart, or the two nets do not see the same thing: another
transform_param, BatchNorm whose statistics do not fit, layers that are not shared.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.health.history import History

ADVICE = (
    "compare transform_param of TRAIN and TEST and the names of the layers in both (c2t lint), and "
    "see that BatchNorm has use_global_stats in TEST; where they agree, the net has learned its "
    "images by heart: more data, --augment, weight_decay or Dropout"
)
LEARNED, LOST, TIMES, WINDOW, TESTS = 0.35, 0.75, 3.0, 20, 2
"""In two tests after the first update, for BatchNorm's statistics follow the weights slowly."""


def check(history: History) -> Iterator[tuple[str, str, bool]]:
    """The losses of the newest tests and the mean of the newest training losses, against ln(C)."""
    recent, chance = history.recent(WINDOW), history.chance
    train = sum(recent) / WINDOW if recent else chance
    if not chance or train > LEARNED * chance:
        return
    for net, losses in history.test_losses.items():
        newest = [loss for iteration, loss in losses if iteration > history.first][-TESTS:]
        late = losses[-1][0] < history.iteration - WINDOW
        if late or len(newest) < TESTS or min(newest) < max(LOST * chance, TIMES * train):
            continue
        yield (
            f"the loss of test net #{net} is {newest[-1]:.4g}, that of training {train:.4g}; "
            f"a guess costs ln({history.classes}) = {chance:.4g}",
            "",
            False,
        )
