"""Measures what `model` predicts, by a real forward and backward at initialisation (torch)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from caffe2torch.errors import C2TError
from caffe2torch.lint.signal.model import Signal
from caffe2torch.moments.lags import Array, weights_at
from caffe2torch.moments.state import CROSS, SAME, State

if TYPE_CHECKING:
    from caffe2torch.graph.model import Graph, Node

COLOR = 0.9
"""Correlation of the color channels of a synthetic image."""


@dataclass
class Measured:
    """One layer, measured; None where no gradient arrives."""

    std: float
    relative: float | None


@dataclass
class Measurement:
    """layers: by name; losses: by name, as the layer's first top has it; logits: std by loss."""

    layers: dict[str, Measured] = field(default_factory=dict)
    losses: dict[str, float] = field(default_factory=dict)
    logits: dict[str, float] = field(default_factory=dict)


def measure(graph: Graph, signal: Signal, *, seed: int = 0, real: bool = True) -> Measurement:
    """Build the net, fill it, and run one batch forward and backward.

    real: read the batch from the net's data layers if they can be read.
    """
    import torch

    from caffe2torch.module import build
    from caffe2torch.module.blobs import submodule

    net = build.build(graph, seed=seed)
    torch.manual_seed(seed)
    inputs = (_batch(graph, seed) if real else None) or synthetic(graph, signal, seed)
    kept: dict[str, Any] = {}
    nodes = [layer.node for layer in signal.layers]
    hooks = [_keep(submodule(net, node), node.name, kept) for node in nodes]
    names = sorted({*graph.loss_weights, *_logits(signal)})
    blobs = build.run(net, inputs, names)
    torch.autograd.backward(build.total_loss(net, blobs))
    for hook in hooks:
        hook.remove()
    result = Measurement()
    for loss in signal.losses:
        result.losses[loss.node.name] = float(blobs[loss.node.tops[0]].detach())
        result.logits[loss.node.name] = float(blobs[loss.node.bottoms[0]].detach().std())
    for node in nodes:
        result.layers[node.name] = _layer(net, node, kept)
    return result


def _logits(signal: Signal) -> list[str]:
    return [blob for loss in signal.losses for blob in (loss.node.bottoms[0], loss.node.tops[0])]


def _keep(module: Any, name: str, kept: dict[str, Any]) -> Any:
    def hook(_module: Any, _inputs: Any, output: Any) -> None:
        first = output[0] if isinstance(output, (tuple, list)) else output
        kept[name] = float(first.detach().std())

    return module.register_forward_hook(hook)


def _layer(net: Any, node: Node, kept: Mapping[str, Any]) -> Measured:
    from caffe2torch.module.blobs import blob_tensors

    index = next(i for i, ref in enumerate(node.params) if ref.key == "weight")
    weight = blob_tensors(net, node)[index]
    norm = float(weight.detach().norm())
    grad = None if weight.grad is None or not norm else float(weight.grad.norm()) / norm
    return Measured(kept.get(node.name, float("nan")), grad)


def _batch(graph: Graph, seed: int) -> dict[str, Any] | None:
    """A batch of the net's own data, None if it cannot be read."""
    try:
        from caffe2torch.module.feed import open_feed

        feed = open_feed(graph, seed=seed)
        try:
            return dict(next(feed))
        finally:
            feed.close()
    except (C2TError, OSError, ImportError):
        return None


def synthetic(graph: Graph, signal: Signal, seed: int) -> dict[str, Any]:
    """Random fields with the moments that the model reckons with, and random labels."""
    import torch

    rng = np.random.default_rng(seed)
    inputs = {}
    for node in graph.sources:
        for top, shape in zip(node.tops, node.top_shapes, strict=True):
            state = signal.blobs[top]
            labels = label_range(graph, top)
            if labels is not None:
                values: Array = rng.integers(0, labels, shape).astype(np.float64)
            else:
                values = draw(state, tuple(shape), rng)
            inputs[top] = torch.from_numpy(values.astype(np.float32))
    return inputs


def label_range(graph: Graph, blob: str) -> int | None:
    """Number of classes if a loss takes the blob as labels, else None."""
    names = {blob}
    for node in graph.nodes:
        if node.type == "Split" and node.bottoms[0] in names:
            names.update(node.tops)
        for bottom, name in enumerate(node.bottoms):
            values = node.layer.label_range(node.site, bottom) if name in names else None
            if values is not None:
                return values
    return None


def draw(state: State, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Random numbers (N, C, *sizes) with the mean and covariances of `state`."""
    sizes = shape[2:]
    if not sizes or state.places == 1:
        common = rng.standard_normal((1, *shape[1:])) * np.sqrt(max(state.k[CROSS, 0], 0))
        single = rng.standard_normal(shape) * np.sqrt(max(state.k[SAME, 0] - state.k[CROSS, 0], 0))
        return np.asarray(state.mean + common + single)
    share = COLOR if state.tied else 0.0
    gray = _fields(state.k[SAME] - state.k[CROSS], (shape[0], 1, *sizes), state.pitch, rng)
    single = _fields(state.k[SAME] - state.k[CROSS], shape, state.pitch, rng)
    common = _fields(state.k[CROSS], (1, 1, *sizes), state.pitch, rng)
    return np.asarray(state.mean + common + np.sqrt(share) * gray + np.sqrt(1 - share) * single)


def _fields(k: Array, shape: Sequence[int], pitch: float, rng: np.random.Generator) -> Array:
    """Gaussian random fields with covariance k at lags.RADII, by their spectrum on a torus."""
    sizes = tuple(shape[2:])
    axes = [np.minimum(np.arange(2 * n), 2 * n - np.arange(2 * n)) * pitch for n in sizes]
    distance = np.sqrt(sum(axis**2 for axis in np.meshgrid(*axes, indexing="ij")))
    covariance = weights_at(np.asarray(distance)) @ k
    spectrum = np.sqrt(np.maximum(np.fft.fftn(covariance).real, 0))
    noise = rng.standard_normal((*shape[:2], *(2 * n for n in sizes)))
    over = tuple(range(2, 2 + len(sizes)))
    field_ = np.fft.ifftn(np.fft.fftn(noise, axes=over) * spectrum, axes=over).real
    inside = (slice(None), slice(None), *(slice(n) for n in sizes))
    cut = field_[inside]
    std = float(np.sqrt((cut**2).mean()))
    return np.asarray(cut * np.sqrt(max(float(k[0]), 0)) / std) if std > 0 else cut
