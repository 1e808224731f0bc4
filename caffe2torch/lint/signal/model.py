"""Walks a graph forward and backward with the moments of each layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod, sqrt
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from caffe2torch import caffe_pb2 as pb
from caffe2torch import fillers
from caffe2torch.fillers.base import Spread
from caffe2torch.moments.base import Chain, Guess, Moments, Place
from caffe2torch.moments.lags import N
from caffe2torch.moments.loss import Loss
from caffe2torch.moments.normalize import BatchNorm
from caffe2torch.moments.pointwise import Dropout
from caffe2torch.moments.state import Grad, State, no_grad

if TYPE_CHECKING:
    from caffe2torch.graph import Graph, Node, ParamRef

ADAPTIVE = frozenset({"Adam", "RMSProp", "AdaGrad", "AdaDelta"})


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

    std, input_std, varying_std, mean: of its top: all, what the input adds, what differs
        between samples and places, and the mean over units
    weight_norm, grad_norm: |w| and expected |∂L/∂w| of its weight blob
    relative:  |g| / |w|; None where one of them is unknown
    rate:      base_lr · lr_mult; 0 if frozen
    update:    rate · relative / (1 − momentum): what share of itself the weight moves in a step
    adaptive:  rate / rms(w): the same for a method that scales its gradients
    guess:     it lies behind a layer that the model does not know
    """

    node: Node
    std: float
    input_std: float
    varying_std: float
    mean: float
    weight_norm: float
    weight_rms: float
    grad_norm: float | None
    rate: float
    momentum: float
    guess: bool

    @property
    def name(self) -> str:
        return self.node.name

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

    std, input_std, varying_std: of its first bottom (logits), without the noise of dropout
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

    @property
    def varying_std(self) -> float:
        return self.state.varying_std


@dataclass
class Signal:
    """The whole prediction.

    blobs: blob -> State at the end of forward (as far as the model knows)
    notes: what was assumed about the data
    unsure: the input's size is not known: a program fills it (MemoryData, Input, HDF5Data)
    """

    layers: list[LayerSignal]
    losses: list[LossSignal]
    blobs: dict[str, State]
    rates: Rates
    notes: list[str] = field(default_factory=list)
    unsure: bool = False

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
        values = [layer.update for layer in self.updates if layer.update]
        return median(values) if values else None

    @property
    def max_update(self) -> LayerSignal | None:
        """The layer that moves the most."""
        return max(self.updates, key=lambda layer: layer.update or 0.0, default=None)

    @property
    def median_adaptive(self) -> float | None:
        """Median over layers of rate / rms(w)."""
        values = [layer.adaptive for layer in self.layers if layer.adaptive]
        return median(values) if values else None


@dataclass
class _Walk:
    """Moments, states and gradients while the graph is walked."""

    graph: Graph
    given: Mapping[tuple[str, str], pb.FillerParameter]
    normed: frozenset[str] = frozenset()
    quiet: bool = False
    moments: list[Moments] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    xs: list[list[State]] = field(default_factory=list)
    ys: list[list[State]] = field(default_factory=list)
    squares: dict[int, float] = field(default_factory=dict)

    def forward(
        self, inputs: Mapping[str, State], like: _Walk | None = None, until: int = 0
    ) -> dict[str, State]:
        """States of all blobs; up to the layer `until` they are those of another walk."""
        states = dict(inputs)
        for node, tops in zip(self.graph.nodes[:until], like.ys if like else [], strict=False):
            states.update(zip(node.tops, tops, strict=True))
        if like is not None:
            self.moments, self.places = like.moments[:until], like.places[:until]
            self.xs, self.ys = like.xs[:until], like.ys[:until]
        for node in self.graph.nodes[until:]:
            moments = node.layer.signal(node.site) or _default(node)
            if node.name in self.normed:
                moments = Chain(moments, BatchNorm())
            place = place_of(node, self.given, self.quiet)
            x = [states[blob] for blob in node.bottoms]
            y = (
                [states[top] for top in node.tops]
                if node.layer.source
                else _made(moments, place, x)
            )
            self.moments.append(moments)
            self.places.append(place)
            self.xs.append(x)
            self.ys.append(y)
            states.update(zip(node.tops, y, strict=True))
        return states

    def backward(self) -> None:
        grads: dict[str, Grad] = {}
        for i in reversed(range(len(self.graph.nodes))):
            node = self.graph.nodes[i]
            if node.layer.source:
                continue
            above = [grads.pop(top, None) for top in node.tops]
            if not any(node.loss_weights) and all(grad is None for grad in above):
                continue
            self._one(
                i, node, [grad or _from_weight(node, t) for t, grad in enumerate(above)], grads
            )

    def _one(self, i: int, node: Node, g: list[Grad], grads: dict[str, Grad]) -> None:
        moments, place, x, y = self.moments[i], self.places[i], self.xs[i], self.ys[i]
        for key, square in moments.weights(place, x, y, g).items():
            ref = next(ref for ref in node.params if ref.key == key)
            owner = id(ref.owner or ref)
            self.squares[owner] = self.squares.get(owner, 0.0) + square
        if not node.need_backward and not any(node.loss_weights):
            return
        if node.layer.loss and not isinstance(moments, Loss):
            return  # nothing is known of its gradient, which is better than a guess
        found = moments.backward(place, x, y, g)
        for blob, grad, needs in zip(node.bottoms, found, node.bottom_need_backward, strict=False):
            if grad is not None and needs:
                grads[blob] = grad


def place_of(
    node: Node, given: Mapping[tuple[str, str], pb.FillerParameter], quiet: bool = False
) -> Place:
    """A layer with the distributions of its blobs; `given` fillers replace the net's own."""
    return Place(node, {ref.key: _spread(ref, given) for ref in node.params}, quiet)


def _spread(ref: ParamRef, given: Mapping[tuple[str, str], pb.FillerParameter]) -> Spread:
    owner = ref.owner or ref
    filler = given.get((owner.layer, owner.key), owner.blob.filler)
    if filler is None:
        return Spread(0.0, 0.0, independent=False)
    return fillers.find(filler.type).spread(filler, owner.shape)


def _made(moments: Moments, place: Place, x: list[State]) -> list[State]:
    tops = [
        state if state.shape == tuple(shape) else state.reshaped(shape)
        for state, shape in zip(moments.forward(place, x), place.tops, strict=True)
    ]
    if any(state.guess for state in x[:1]):
        tops = [replace(state, guess=True) for state in tops]
    if not x:
        from caffe2torch.lint.signal.inputs import unknown

        return [unknown(tuple(shape)) for shape in place.tops]
    return tops


def _from_weight(node: Node, top: int) -> Grad:
    """The gradient at a top without readers: its loss weight, the same for every unit."""
    weight = node.loss_weights[top] if top < len(node.loss_weights) else 0.0
    return Grad(np.full((2, N), weight**2)) if weight else no_grad()


def _default(node: Node) -> Moments:
    """For a type without a rule: the same shape is taken for harmless, the rest for a guess."""
    same = len(node.bottoms) == len(node.tops) == 1 and node.bottom_shapes == node.top_shapes
    return Moments() if same and not node.blobs else Guess()


def walk(
    graph: Graph,
    inputs: Mapping[str, State],
    rates: Rates,
    given: Mapping[tuple[str, str], pb.FillerParameter] | None = None,
    norm: bool = False,
) -> Signal:
    """Predict everything for `graph` with these states of the source blobs.

    given: (layer, blob key) -> filler, in place of what the net says.
    norm:  as if a BatchNorm stood behind every weight layer but the last.
    """
    state = _Walk(graph, given or {}, _all_but_last(graph) if norm else frozenset())
    blobs = state.forward(inputs)
    state.backward()
    quiet = _quiet(state, inputs)
    layers = [_layer(state, i, rates) for i in range(len(graph.nodes)) if _weight(graph.nodes[i])]
    losses = [
        _loss(state, quiet, i)
        for i, moments in enumerate(state.moments)
        if isinstance(moments, Loss) and state.xs[i]
    ]
    return Signal(_clipped(state, layers, rates), losses, blobs, rates)


def _all_but_last(graph: Graph) -> frozenset[str]:
    return frozenset([node.name for node in graph.nodes if _weight(node)][:-1])


def _weight(node: Node) -> ParamRef | None:
    """The weight blob of a layer whose gradient the model knows."""
    return next((ref for ref in node.params if ref.key == "weight" and len(ref.shape) > 1), None)


def _layer(state: _Walk, i: int, rates: Rates) -> LayerSignal:
    node, top = state.graph.nodes[i], state.ys[i][0]
    ref = _weight(node)
    assert ref is not None
    owner = ref.owner or ref
    spread = state.places[i].spreads[ref.key]
    rms = sqrt(spread.var + spread.mean**2)
    square = state.squares.get(id(owner))
    grad = None if square is None else sqrt(square / rates.iter_size)
    trained = owner.lr_mult if square is not None else 0.0
    return LayerSignal(
        node, top.std, top.input_std, top.varying_std, top.raw.mean, rms * sqrt(prod(owner.shape)),
        rms, grad, rates.base_lr * trained, rates.momentum, top.guess,
    )  # fmt: skip


def _clipped(state: _Walk, layers: list[LayerSignal], rates: Rates) -> list[LayerSignal]:
    """With rates lowered as clip_gradients lowers all gradients."""
    norm = sqrt(sum(state.squares.values()) / rates.iter_size)
    if rates.clip <= 0 or norm * rates.iter_size <= rates.clip:
        return layers
    factor = rates.clip / (norm * rates.iter_size)
    return [replace(layer, rate=layer.rate * factor) for layer in layers]


def _quiet(state: _Walk, inputs: Mapping[str, State]) -> _Walk:
    """The same walk without dropout's noise; it differs from the first Dropout on."""
    noisy = [i for i, moments in enumerate(state.moments) if isinstance(moments, Dropout)]
    if not noisy:
        return state
    quiet = _Walk(state.graph, state.given, state.normed, quiet=True)
    quiet.forward(inputs, state, noisy[0])
    return quiet


def _loss(state: _Walk, quiet: _Walk, i: int) -> LossSignal:
    node, moments, x = state.graph.nodes[i], state.moments[i], state.xs[i]
    assert isinstance(moments, Loss)
    place = state.places[i]
    weight = next((w for w in node.loss_weights if w), 0.0)
    classes = getattr(moments, "classes", lambda s: s.channels)(x[0])
    return LossSignal(
        node,
        quiet.xs[i][0],
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
