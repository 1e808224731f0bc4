"""The loss is 87.3365, minus the logarithm of the smallest float32: Softmax gave a true class 0.

Source: Caffe src/caffe/layers/softmax_loss_layer.cpp, max(prob, FLT_MIN)
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.health.history import History

ADVICE = "the scores have blown up: lower base_lr to a tenth, and scale or normalise the input"
LIMIT, COUNT = 87.33, 10


def check(history: History) -> Iterator[tuple[str, str, bool]]:
    """Ten losses at the limit."""
    recent = history.recent(COUNT)
    if recent and all(abs(loss - LIMIT) < 0.02 for loss in recent):
        yield f"the loss was {recent[-1]:.4f} in {COUNT} iterations", "", True
