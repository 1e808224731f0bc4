"""The loss is 87.3365, minus the logarithm of the smallest float32: Softmax gave a true class 0.

Source: Caffe src/caffe/layers/softmax_loss_layer.cpp, max(prob, FLT_MIN)
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.health.history import History

ADVICE = "the scores have blown up: lower base_lr to a tenth, and scale or normalise the input"
LIMIT, NEAR, COUNT = 87.3365, 0.02, 10
LEAST, EXACT = 0.4, 0.01


def check(history: History) -> Iterator[tuple[str, str, bool]]:
    """Ten losses at the limit, or at the limit for a whole number of images and 0 for the others.

    The latter is a net that is certain of one answer whatever it sees. It may come back.
    """
    recent = history.recent(COUNT)
    if not recent:
        return
    if all(map(at_limit, recent)):
        yield f"the loss was {recent[-1]:.4f} in {COUNT} iterations", "", True
    elif all(saturated(loss, history.images) for loss in recent):
        wrong = round(recent[-1] / LIMIT * history.images)
        yield (
            f"the loss was {recent[-1]:.4f}, that is {LIMIT} for {wrong} of {history.images} "
            f"images and 0 for the others, and so in {COUNT} iterations",
            "",
            False,
        )


def at_limit(loss: float) -> bool:
    """Whether a loss is that of a true class with probability 0."""
    return abs(loss - LIMIT) < NEAR


def saturated(loss: float, images: int) -> bool:
    """Whether a mean over images comes from probabilities of 0 and 1 only."""
    wrong = loss / LIMIT * images
    return LEAST * LIMIT < loss < LIMIT + NEAR and abs(wrong - round(wrong)) < EXACT
