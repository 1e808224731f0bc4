"""The prediction that rules and tables read: layers with weights, losses, rates."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod, sqrt
from typing import TYPE_CHECKING, Any

from caffe2torch.config.methods import ADAPTIVE
from caffe2torch.lint.signal.numbers import median
from caffe2torch.lint.signal.walk import Walk, weight_of
from caffe2torch.moments.loss import Loss

if TYPE_CHECKING:
    from caffe2torch.graph.model import Node
    from caffe2torch.moments.state import State


@dataclass(frozen=True)
class Rates:
    """What turns a gradient into an update: the solver's part."""

    base_lr: float = 0.0
    momentum: float = 0.0
    iter_size: int = 1
    clip: float = 0.0
    method: str = "SGD"

    @property
    def adaptive(self) -> bool:
        return self.method in ADAPTIVE


@dataclass
class LayerSignal:
    """One layer with weights at initialisation.

    top:       its first top, with the std, input_std and mean that are asked for
    weight_norm, grad_norm: |w| and expected |∂L/∂w| of its weight blob
    relative:  |g| / |w|; None where one of them is unknown
    rate:      base_lr · lr_mult; 0 if frozen
    update:    rate · relative / (1 − momentum): what share of itself the weight moves in a step
    adaptive:  rate / rms(w): the same for a method that scales its gradients
    """

    node: Node
    top: State
    weight_norm: float
    weight_rms: float
    grad_norm: float | None
    rate: float
    momentum: float

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def std(self) -> float:
        """Of all values of the top."""
        return self.top.std

    @property
    def input_std(self) -> float:
        """Of what the input adds to the value at input 0."""
        return self.top.input_std

    @property
    def mean(self) -> float:
        """Over units."""
        return self.top.raw.mean

    @property
    def guess(self) -> bool:
        """Whether it lies behind a layer that the model does not know."""
        return self.top.guess

    @property
    def relative(self) -> float | None:
        if self.grad_norm is None or self.weight_norm <= 0:
            return None
        return self.grad_norm / self.weight_norm

    @property
    def update(self) -> float | None:
        if self.relative is None or not self.rate:
            return None
        return self.rate * self.relative / (1 - min(self.momentum, 0.9999))

    @property
    def adaptive(self) -> float | None:
        return self.rate / self.weight_rms if self.rate and self.weight_rms > 0 else None


@dataclass
class LossSignal:
    """One loss layer at iteration 0.

    std, input_std: of its first bottom (logits), without the noise of dropout
    train_std: with it
    loss:     expected value in TRAIN; None where it depends on unknown targets
    chance:   value for a net that ignores its input (ln C); None likewise
    """

    node: Node
    state: State
    weight: float
    train_std: float
    loss: float | None
    chance: float | None
    classes: int

    @property
    def std(self) -> float:
        return self.state.std

    @property
    def input_std(self) -> float:
        return self.state.input_std


@dataclass
class Signal:
    """The whole prediction. What is expensive is found when it is asked for.

    passed: the walk through the graph
    blobs: blob -> State at the end of forward (as far as the model knows)
    notes: what was assumed about the data
    unsure: the input's size is not known: a program fills it (MemoryData, Input, HDF5Data)
    """

    passed: Walk
    rates: Rates
    notes: list[str] = field(default_factory=list)
    unsure: bool = False

    @property
    def blobs(self) -> dict[str, State]:
        return self.passed.blobs

    @cached_property
    def layers(self) -> list[LayerSignal]:
        """Layers with weights, in the order of the file; the way back is walked for them."""
        state = self.passed
        layers = [_layer(state, i, self.rates) for i in state.weighted]
        return _clipped(state, layers, self.rates)

    def curvature(self, shared: float) -> dict[str, float]:
        """Layer -> base_lr · lr_mult · its part of the loss's second derivative (`Walk`)."""
        squares = self.passed.curvature(shared)
        curvatures = {}
        for layer in self.layers:
            ref = weight_of(layer.node)
            owner = id(ref.owner or ref) if ref else 0
            square = squares.pop(owner, 0.0)  # shared weights count once
            curvatures[layer.name] = layer.rate * square
        return curvatures

    @cached_property
    def losses(self) -> list[LossSignal]:
        """Losses, in the order of the file."""
        state = self.passed
        return [
            _loss(state, i)
            for i, moments in enumerate(state.moments)
            if isinstance(moments, Loss) and state.xs[i]
        ]

    @property
    def known(self) -> bool:
        """Whether every layer on the way was one that the model knows."""
        return bool(self.losses) and not any(loss.state.guess for loss in self.losses)

    @property
    def main(self) -> LossSignal | None:
        """The loss of the largest weight, the last of equals."""
        return max(reversed(self.losses), key=lambda loss: abs(loss.weight), default=None)

    @cached_property
    def updates(self) -> list[LayerSignal]:
        """Layers whose relative update is known and that are trained."""
        return [layer for layer in self.layers if layer.update]

    @property
    def median_update(self) -> float | None:
        """Median over layers of the relative update of a step."""
        return median(layer.update for layer in self.updates if layer.update)

    @property
    def max_update(self) -> LayerSignal | None:
        """The layer that moves the most."""
        return max(self.updates, key=lambda layer: layer.update or 0.0, default=None)

    @property
    def median_adaptive(self) -> float | None:
        """Median over layers of rate / rms(w)."""
        return median(layer.adaptive for layer in self.layers if layer.adaptive)


def _layer(state: Walk, i: int, rates: Rates) -> LayerSignal:
    node, top = state.graph.nodes[i], state.ys[i][0]
    ref = weight_of(node)
    assert ref is not None
    owner = ref.owner or ref
    spread = state.places[i].spreads[ref.key]
    rms = sqrt(spread.var + spread.mean**2)
    square = state.squares.get(id(owner))
    grad = None if square is None else sqrt(square / rates.iter_size)
    trained = owner.lr_mult if square is not None else 0.0
    return LayerSignal(
        node, top, rms * sqrt(prod(owner.shape)), rms, grad, rates.base_lr * trained,
        rates.momentum,
    )  # fmt: skip


def _clipped(state: Walk, layers: list[LayerSignal], rates: Rates) -> list[LayerSignal]:
    """With rates lowered as clip_gradients lowers all gradients."""
    norm = sqrt(sum(state.squares.values()) / rates.iter_size)
    if rates.clip <= 0 or norm * rates.iter_size <= rates.clip:
        return layers
    factor = rates.clip / (norm * rates.iter_size)
    return [replace(layer, rate=layer.rate * factor) for layer in layers]


def _loss(state: Walk, i: int) -> LossSignal:
    node, moments, x = state.graph.nodes[i], state.moments[i], state.xs[i]
    assert isinstance(moments, Loss)
    place = state.places[i]
    weight = next((w for w in node.loss_weights if w), 0.0)
    classes = getattr(moments, "classes", lambda s: s.channels)(x[0])
    return LossSignal(
        node,
        state.without_noise.xs[i][0],
        weight,
        x[0].std,
        moments.expected(place, x),
        moments.chance(place, x),
        classes,
    )


def rates_of(message: Any) -> Rates:
    """The solver's part of an update, at iteration 0: where forks' warm-ups begin."""
    method = message.type or "SGD"
    momentum = 0.0 if method in ADAPTIVE else float(message.momentum)
    base = float(message.base_lr)
    if message.rampup_interval > 0:
        base = min(base, float(message.rampup_lr))
    if message.warmup_iter > 0:
        base = min(base, float(message.warmup_start_lr))
    return Rates(
        base, momentum, max(1, message.iter_size),
        max(0.0, float(message.clip_gradients)), method,
    )  # fmt: skip
