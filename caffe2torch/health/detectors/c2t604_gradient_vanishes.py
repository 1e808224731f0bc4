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
    seen = sorted(history.norms)[-2:]
    if len(seen) < 2:
        return
    steps = []
    for iteration in seen:
        layers = [n for n in history.norms[iteration] if n.rate > 0 and n.weight > 0]
        if len(layers) < 3:
            return
        moved = [layer.rate * layer.gradient / layer.weight for layer in layers]
        if not (moved[0] < LEAST and moved[0] < RATIO * max(moved)):
            return
        steps.append((layers[0], moved[0]))
    layer, step = steps[-1]
    yield (
        f"its gradient is {layer.gradient:.1e}, its step {step:.1e} of its weights",
        layer.layer,
        False,
    )
