"""The labels do not belong to the images: shuffled ones cost the net no more.

A net that has learned a few batches by heart is shown others. If what it learned says anything of
their labels, shuffling those among the images makes the loss worse. Only a probe does that.
Source: Zhang et al. 2017, Understanding deep learning requires rethinking generalization
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.health.history import History

ADVICE = (
    "check how images and labels were put together: the order of the two lists, a shuffle of one "
    "of them only, an offset by one record"
)
LEARNED, SHARE, DEVIATIONS = 0.3, 5.0, 3.0


def check(history: History) -> Iterator[tuple[str, str, bool]]:
    """Once the net has learned its batches, with enough images of a class to say something."""
    test = history.labels
    if test is None or test.share < SHARE or test.learned > LEARNED * (history.chance or 1.0):
        return
    mean, spread = test.shuffled
    if mean - test.given < DEVIATIONS * spread:
        yield (
            f"the loss on new images is {test.given:.4g}, and with their labels shuffled "
            f"{mean:.4g} ± {spread:.2g}; on what it was trained on it is {test.learned:.4g}",
            "",
            False,
        )
