"""Is the rate too high? Judged by how far a step moves the weights, once the signal is alive."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from caffe2torch.lint import remedy, wiring
from caffe2torch.lint.context import Context
from caffe2torch.lint.signal import LayerSignal, Signal

TOO_HIGH, TOO_LOW = 0.10, 2e-5
"""Median over layers of rate·|g|/|w|/(1 − m); healthy nets had 0.001 to 0.054."""
TOGETHER = 0.14
"""The same times √layers: what many layers that move together do to the output.

Measured on 12 nets of 4 to 16 layers, real digits, batch 32, momentum 0.9, 250 iterations, eight
rates each. Highest values that trained, lowest that did not (median; × √layers): LeNet 0.024 |
0.073 (0.05 | 0.145), perceptron 0.028 | 0.094 (0.06 | 0.19), with tanh 0.086 | 0.26, with sigmoid
0.051 | 0.17, cifar_quick 0.11 | 0.38 (0.25 | 0.85), AlexNet with LRN 0.097 | 0.29 (0.27 | 0.82),
8 plain layers 0.093 | 0.31 (0.26 | 0.88), VGG-16 0.012 | 0.037 (0.05 | 0.147).
"""
NORMALIZED, ALONE = 1e4, 30.0
"""How much more weights in front of BatchNorm bear, and a last layer behind nothing but such.

A scale-invariant weight that moves by u > 1 times itself is u times as large afterwards, and moves
by 1/u in the next step: only where that is nothing does it stop learning. Measured as above:
residual nets trained with a last layer at 1.0 and 1.9, badly at 3.4 and 6.5; VGG-16 with BatchNorm
failed where its three inner products moved by 0.12. BVLC's cifar10_full_sigmoid_bn starts its
first layer at 100 times itself, and trains.
"""
REFERENCE_BATCH = 256
SMALL_BATCH = 32


@dataclass(frozen=True)
class Assessment:
    """The relative update of a step.

    median:   over layers, divided by what BatchNorm lets them bear
    revived:  the remedy that was reckoned with, because the signal is dead as written
    layers:   how many lie one behind the other
    batch:    samples a step; at_reference: the median that a batch of 256 would have
    """

    median: float
    layers: int
    signal: Signal
    revived: remedy.Remedy | None
    batch: int

    @property
    def together(self) -> float:
        """What all layers' steps do to the output."""
        return self.median * sqrt(self.layers)

    @property
    def too_high(self) -> bool:
        return self.median >= TOO_HIGH or self.together >= TOGETHER

    @property
    def at_reference(self) -> float:
        return self.median * sqrt(min(self.batch, REFERENCE_BATCH) / REFERENCE_BATCH)

    @property
    def batch_explains(self) -> bool:
        """Whether the same rate would do with a usual batch."""
        return self.batch < SMALL_BATCH and self.at_reference < remedy.UPDATE_BAND[1]

    def says(self) -> str:
        """The numbers, and under which assumption."""
        once = f" once the signal is alive ({self.revived.title})" if self.revived else ""
        share = f"{self.median:.2g} of themselves a step{once}"
        deep = ""
        if self.median < TOO_HIGH and self.too_high:
            deep = f", in {self.layers} layers at once"
        return f"moves the weights by {share} (median over layers){deep}"


def assess(c: Context) -> Assessment | None:
    """The relative update as written, or after the best remedy if the signal is dead."""
    signal, revived = c.signal, None
    main = signal.main
    if c.from_scratch and main is not None and main.input_std < remedy.HEALTHY_STD[0] / 3:
        revived = remedy.best(c)
        signal = revived.signal if revived else signal
    return judge(c, signal, revived)


def judge(c: Context, signal: Signal, revived: remedy.Remedy | None = None) -> Assessment | None:
    """The relative update that a signal gives; None if no layer's is known."""
    if not signal.known:
        return None
    free = [layer for layer in signal.updates if not is_normalized(c, layer)]
    behind = [layer for layer in signal.updates if is_normalized(c, layer)]
    share = ALONE if behind and len(free) == 1 else 1.0
    found = [(middle(free) / share, _depth(c, free)), (middle(behind) / NORMALIZED, 1)]
    if not free and not behind:
        return None
    median, layers = max(found)
    return Assessment(median, layers, signal, revived, batch_of(c))


def _depth(c: Context, layers: list[LayerSignal]) -> int:
    return wiring.depth(c.train.graph, [layer.node for layer in layers])


def middle(layers: list[LayerSignal]) -> float:
    """Median of the layers' updates, 0 of none."""
    return float(np.median([layer.update or 0.0 for layer in layers])) if layers else 0.0


def is_normalized(c: Context, layer: LayerSignal) -> bool:
    """Whether BatchNorm makes up for the size of a layer's weights."""
    through = frozenset({"Split", "Bias", "Pooling", "ReLU", "Dropout"})
    behind = wiring.following(c.train.graph, layer.node, through)
    return bool(behind) and all(node.type in wiring.NORMALIZING for node in behind)


def tolerated(c: Context, layer: LayerSignal) -> float:
    """A layer's relative update, divided by what BatchNorm behind it forgives."""
    return (layer.update or 0.0) / (NORMALIZED if is_normalized(c, layer) else 1)


def self_scaling(c: Context) -> bool:
    """Whether a fork's solver scales each layer's rate by itself (LARS)."""
    return bool(c.param.local_lr_auto or c.param.larc)


def batch_of(c: Context) -> int:
    """Samples whose gradients make one update."""
    sizes = [source.batch_size for source in c.train.sources if source.batch_size]
    steps = max(1, c.param.iter_size) if c.is_solver else 1
    shape = next((n.top_shapes[0] for n in c.train.graph.sources if n.top_shapes), (1,))
    return (sizes[0] if sizes else (shape[0] if shape else 1)) * steps
