"""What is measured of a run at work: classes, gradients, weights and their changes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from caffe2torch.graph.model import ParamRef
from caffe2torch.health.history import LayerNorms
from caffe2torch.layers.base import Role
from caffe2torch.module.blobs import tensors
from caffe2torch.module.runner import Runner
from caffe2torch.train.state import RunState
from caffe2torch.train.sums import numbered
from caffe2torch.train.watch import Score


def classes(state: RunState) -> int:
    """The number of classes of the first loss that has some, 0 for none."""
    for node in state.train.graph.nodes:
        layer = node.layer
        if any(node.loss_weights) and layer.label_bottom is not None and layer.applies == "Softmax":
            return layer.classes(node.site)
    return 0


def norms(state: RunState) -> Iterator[LayerNorms]:
    """Root mean squares of gradients and weights, a layer each, in one pass over all of them.

    Gradients are means over iter_size batches, without the factor of automatic mixed precision.
    """
    rate = state.policy.rate(state.iter)
    chosen = weights_of(state)
    if not chosen:
        return
    weights = torch._foreach_norm([value.detach() for _, value in chosen])
    gradients = torch._foreach_norm([_grad(value) for _, value in chosen])
    sizes = torch.stack([*weights, *gradients]).tolist()
    factor = state.param.iter_size * state.scaler.get_scale()
    for i, (ref, value) in enumerate(chosen):
        root = math.sqrt(value.numel())
        gradient = sizes[len(chosen) + i] / root / factor
        yield LayerNorms(ref.layer, gradient, sizes[i] / root, rate * ref.lr_mult)


def weights_of(state: RunState) -> list[tuple[ParamRef, Tensor]]:
    """Return the first parameter of each layer that has a gradient, in the order of the net."""
    values = tensors(state.net)
    chosen = [(ref, values[id(ref)]) for ref in state.train.graph.params if id(ref) in values]
    return [(ref, value) for ref, value in chosen if ref.index == 0 and value.grad is not None]


def _grad(value: Tensor) -> Tensor:
    assert value.grad is not None
    return value.grad


class Changes:
    """Measures an update, for methods that make it of more than rate and gradient."""

    def __init__(self) -> None:
        self.before: dict[str, Tensor] = {}

    def begin(self, state: RunState) -> None:
        """Keep the weights, if the method needs it."""
        if state.optimizer.facts().adaptive:
            self.before = {ref.layer: v.detach().clone() for ref, v in weights_of(state)}

    def end(self, state: RunState, measured: list[LayerNorms]) -> list[LayerNorms]:
        """Return the norms with the change of the weights since `begin`."""
        after = {ref.layer: value.detach() for ref, value in weights_of(state)}
        changes = {
            layer: float((after[layer] - old).float().square().mean().sqrt())
            for layer, old in self.before.items()
        }
        self.before = {}
        return [replace(one, change=changes.get(one.layer, 0.0)) for one in measured]


def gradient_sizes(params: list[Tensor]) -> list[Tensor]:
    """Return the norm of each gradient that is there, on the device."""
    grads = [param.grad for param in params if param.grad is not None]
    if not grads:
        return []
    if grads[0].device.type != "cpu":
        return list(torch._foreach_norm(grads))
    return [_size(grad) for grad in grads]


def _size(grad: Tensor) -> Tensor:
    """The norm of a gradient on the processor: a dot product, which takes half the time of norm."""
    rows = grad if grad.is_contiguous() or grad.dim() < 2 else grad.movedim(1, -1)  # NHWC
    if rows.is_contiguous():
        flat = rows.view(-1)
        square = torch.dot(flat, flat)
        if math.isfinite(square):
            return square.sqrt()
    norm: Tensor = torch.linalg.vector_norm(grad, dtype=torch.float64)
    return norm.to(grad.dtype)


def judged(runner: Runner, scores: list[Score]) -> Iterator[tuple[str, float]]:
    """Name and value of what a test net is judged by: metrics and losses, numbered if several.

    Other outputs, such as a top that nothing reads, may well be the same in every test.
    """
    names = {
        top
        for node in runner.graph.nodes
        if node.layer.plays(Role.METRIC) or any(node.loss_weights)
        for top in node.tops
    }
    for name, score in zip(numbered([score.blob for score in scores]), scores, strict=True):
        if score.blob in names:
            yield name, score.value
