"""The gradient does not reach the first layers: they stay what the fillers made them.

Steps relative to the weights count, since that is what learning is: healthy layers move by about
a thousandth of their size in an iteration.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.health.history import History

ADVICE = (
    "initialise with msra fillers or add BatchNorm, so that gradients reach the first layers; a "
    "larger base_lr would break the last layers first"
)
LEAST, RATIO = 1e-7, 1e-4


def check(history: History) -> Iterator[tuple[str, str, bool]]:
    """The first layer's step against the largest of all layers, in two measurements."""
    first = None
    for measured in history.last_norms():
        layers = [layer for layer in measured if layer.rate > 0 and layer.weight > 0]
        if len(layers) < 3:
            return
        first = layers[0]
        if not (first.step < LEAST and first.step < RATIO * max(layer.step for layer in layers)):
            return
    if first is not None:
        evidence = f"its gradient is {first.gradient:.1e}, its step {first.step:.1e} of its weights"
        yield evidence, first.layer, False
