"""The loss is 87.3365, minus the logarithm of the smallest float32: Softmax gave a true class 0.

Source: Caffe src/caffe/layers/softmax_loss_layer.cpp, max(prob, FLT_MIN)
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.health.history import History

ADVICE = "the scores have blown up: lower base_lr to a tenth, and scale or normalise the input"
LIMIT, NEAR, COUNT = 87.3365, 0.02, 10


def check(history: History) -> Iterator[tuple[str, str, bool]]:
    """Ten losses at the limit."""
    recent = history.recent(COUNT)
    if recent and all(map(at_limit, recent)):
        yield f"the loss was {recent[-1]:.4f} in {COUNT} iterations", "", True


def at_limit(loss: float) -> bool:
    """Whether a loss is that of a true class with probability 0."""
    return abs(loss - LIMIT) < NEAR
