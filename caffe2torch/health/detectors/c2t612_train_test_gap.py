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
LEARNED, LOST, TIMES, WINDOW = 0.35, 0.75, 3.0, 20


def check(history: History) -> Iterator[tuple[str, str, bool]]:
    """The test loss and the mean of the newest training losses, both as shares of ln(C)."""
    recent = history.recent(WINDOW)
    if not history.chance or not recent:
        return
    train = sum(recent) / len(recent)
    for net, losses in history.test_losses.items():
        iteration, loss = losses[-1]
        if iteration < history.iteration - WINDOW or train > LEARNED * history.chance:
            continue
        if loss > LOST * history.chance and loss > TIMES * train:
            yield (
                f"the loss of test net #{net} is {loss:.4g}, that of training {train:.4g}; "
                f"a guess costs ln({history.classes}) = {history.chance:.4g}",
                "",
                False,
            )
