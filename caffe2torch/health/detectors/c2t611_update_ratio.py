"""A layer is moved by more than its own size in a few iterations: that is no small step."""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.health.history import History

ADVICE = "lower base_lr, or this layer's lr_mult; a healthy step is about a thousandth"
LARGE = 0.5


def check(history: History) -> Iterator[tuple[str, str, bool]]:
    """Two measurements in a row, so that one outlier does not count."""
    large = [
        {layer.layer: layer.step for layer in measured if layer.step > LARGE}
        for measured in history.last_norms()
    ]
    if not large:
        return
    for layer, step in large[1].items():
        if layer in large[0]:
            yield f"one step is {step:.2g} of its weights", layer, False
            return
