"""Is the rate too high? Judged by how far a step moves the weights, once the signal is alive."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, log, sqrt

from caffe2torch.graph import wiring
from caffe2torch.layers.base import Role
from caffe2torch.lint import remedy
from caffe2torch.lint.context import Context
from caffe2torch.lint.signal import LayerSignal, Signal
from caffe2torch.lint.signal.numbers import median, show
from caffe2torch.lint.stability import is_normalized, stability

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
NORMALIZED, ALONE = 1e4, 25.0
"""How much more weights in front of BatchNorm bear, and a last layer behind nothing but such.

A scale-invariant weight that moves by u > 1 times itself is u times as large afterwards, and moves
by 1/u in the next step: only where that is nothing does it stop learning. Measured as above:
residual nets trained with a last layer at 1.0 and 1.9, badly at 3.4 and 6.5; VGG-16 with BatchNorm
failed where its three inner products moved by 0.12. Chains of 4 and 8 with a last layer: trained at
1.3 and 2.2, failed at 2.6 and 4.3. BVLC's cifar10_full_sigmoid_bn starts its
first layer at 100 times itself, and trains.
"""
FATAL, EDGE = 15.0, 1.0
"""How far the rate may lie beyond the largest stable one: an error from, a doubt from.

Measured by tools/lint_runs.py, table and counts in tests/lint/: of plain nets of two and more
layers with rectifiers every run from 15 on failed. No other net is refused for its rate: single
layers, bounded activations and BatchNorm come through hundreds of times the largest stable one, now
and then. All 24 golden solvers that move the weights by 0.05 to 0.31 train, and lie below 2
where the median is above 0.10; the shrunk VGG-16 of the story trained at 5.8 and 12 and failed from
21 on.
"""
ANEW = 1.0
"""Median from which a step makes the weights anew; no run so fast lay below the edge.

Ten runs of the table had medians of 0.10 to 0.9 below it, and nine of them trained.
"""
RISK = (-2.87, 1.46, 0.98)
"""Share of failed runs of such nets: a logistic function of 1, ln(rate ÷ largest stable), "
"ln(layers)."""
REPLACED = 5.0
"""Median from which it is fatal where the loss (hinge) has no curvature that is known."""
CREEPING, SHALLOW = 0.01, 8
"""Logit std from which nets of so many layers trained: CaffeNet starts at 0.023 as published."""
REFERENCE_BATCH = 256
SMALL_BATCH = 32


@dataclass(frozen=True)
class Assessment:
    """The relative update of a step.

    median:   over layers, divided by what BatchNorm lets them bear
    revived:  the remedy that was reckoned with, because the signal is dead as written
    layers:   how many lie one behind the other
    batch:    samples a step; at_reference: the median that a batch of 256 would have
    edge:     rate ÷ largest stable rate; None where the loss has no curvature that is known
    huge:     the signal explodes as written, rather than vanishes
    plain:    several layers with nothing but rectifiers between them, which die and do not recover
    """

    median: float
    layers: int
    signal: Signal
    revived: remedy.Remedy | None
    batch: int
    edge: float | None
    huge: bool = False
    plain: bool = False

    @property
    def together(self) -> float:
        """What all layers' steps do to the output."""
        return self.median * sqrt(self.layers)

    @property
    def too_high(self) -> bool:
        fast = self.median >= TOO_HIGH or self.together >= TOGETHER
        return fast and (self.edge is None or self.edge >= EDGE or self.median >= ANEW)

    @property
    def fatal(self) -> bool:
        """Whether nothing can be learned at this rate: every measured run failed."""
        if not self.plain:
            return False
        return self.median >= REPLACED if self.edge is None else self.edge >= FATAL

    @property
    def risk(self) -> float | None:
        """The share of measured runs of such nets that failed at such a rate; None for others."""
        if not self.plain or not self.edge:
            return None
        a, b, c = RISK
        return 1 / (1 + exp(-(a + b * log(self.edge) + c * log(self.layers))))

    @property
    def odds(self) -> str:
        """How such runs ended, as the end of a sentence; "" where nobody knows."""
        if self.fatal:
            return ": every measured run of such a net failed there"
        return f": {self.risk:.0%} of such runs failed (measured)" if self.risk else ""

    @property
    def at_reference(self) -> float:
        return self.median * sqrt(min(self.batch, REFERENCE_BATCH) / REFERENCE_BATCH)

    @property
    def batch_explains(self) -> bool:
        """Whether the same rate would do with a usual batch."""
        return self.batch < SMALL_BATCH and self.at_reference < remedy.UPDATE_BAND[1]

    @property
    def share(self) -> str:
        """The median as text."""
        return show(self.median)

    def says(self) -> str:
        """What the median is taken over, and under which assumption."""
        layers = f"median over {self.layers} layers" if self.layers > 1 else "one layer"
        if self.median < TOO_HIGH and self.too_high:
            layers += ", which move together"
        if self.revived is None:
            return layers
        return f"{layers}, once the signal is {self._healthy} ({self.revived.title})"

    @property
    def _healthy(self) -> str:
        return "no longer huge" if self.huge else "alive"


def assess(c: Context) -> Assessment | None:
    """The relative update as written, or after the best remedy if the signal is dead or huge.

    None if it is huge and nothing helps: then that is the cause of everything (C2T202).
    """
    return c.once(_assess)


def severity(c: Context, assessment: Assessment) -> str:
    """How grave a rate is that is too high.

    An error where every measured run failed; a warning for a regression whose signal only fixes
    would bring to life, since such runs were measured with classes; an info for weights that
    something hints at: what is predicted is the first step from the fillers.
    """
    if c.tuning_hints or not c.from_scratch:
        return "info" if c.tuning_hints else "warning"
    main = assessment.signal.main
    known = main is not None and (main.chance is not None or not assessment.revived)
    return c.softened("error" if assessment.fatal and known else "warning")


def _assess(c: Context) -> Assessment | None:
    main = c.signal.main
    low, high = remedy.HEALTHY_STD
    huge = main is not None and main.std >= high
    if not c.from_scratch or main is None or (_alive(c, main.input_std, low / 3) and not huge):
        return judge(c, c.signal)
    revived = remedy.best(c)
    if revived is None:
        return None if huge else judge(c, c.signal)
    assessment = judge(c, revived.signal, revived)
    return replace(assessment, huge=huge) if assessment else None


def _alive(c: Context, std: float, least: float) -> bool:
    """Whether the logits follow the input as written; a shallow net needs less (C2T201)."""
    return std >= least or (std >= CREEPING and len(c.signal.layers) <= SHALLOW)


def judge(c: Context, signal: Signal, revived: remedy.Remedy | None = None) -> Assessment | None:
    """The relative update that a signal gives; None if no layer's is known."""
    if not signal.known:
        return None
    free = [layer for layer in signal.updates if not is_normalized(c, layer)]
    behind = [layer for layer in signal.updates if is_normalized(c, layer)]
    share = ALONE if behind and len(free) == 1 else 1.0
    medians = [(middle(free) / share, _depth(c, free)), (middle(behind) / NORMALIZED, 1)]
    if not free and not behind:
        return None
    median, layers = max(medians)
    fast = median >= TOO_HIGH or median * sqrt(layers) >= TOGETHER
    edge = stability(c, signal) if fast else 0.0
    return Assessment(median, layers, signal, revived, batch_of(c), edge, plain=_plain(c))


def _plain(c: Context) -> bool:
    """Whether all that stands between the layers with weights are rectifiers, and no BatchNorm."""
    graph = c.train.graph
    if wiring.normalized(graph):
        return False
    nodes = (n for n in graph.nodes if n.layer.plays(Role.WEIGHTS))
    nonlinear = [node for n in nodes if (node := wiring.activation(graph, n)) is not None]
    return bool(nonlinear) and all(node.layer.rectifies for node in nonlinear)


def largest_stable(c: Context) -> float | None:
    """The largest base_lr that the loss's curvature at the start bears; None if it is unknown.

    Where the signal is dead as written it is that of the best remedy, as in `assess`.
    """
    assessment = assess(c) if c.param.base_lr > 0 else None
    if assessment is None or assessment.signal.rates.adaptive:
        return None
    edge = stability(c, assessment.signal)
    return c.param.base_lr / edge if edge else None


def _depth(c: Context, layers: list[LayerSignal]) -> int:
    return wiring.depth(c.train.graph, [layer.node for layer in layers])


def middle(layers: list[LayerSignal]) -> float:
    """Median of the layers' updates, 0 of none."""
    return median(layer.update or 0.0 for layer in layers) or 0.0


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
