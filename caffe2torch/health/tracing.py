"""Looks into a net with a batch of its own: what its blobs hold, and where numbers end."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from caffe2torch.health.history import Activation
from caffe2torch.layers.base import Role
from caffe2torch.module.build import run
from caffe2torch.module.runner import Runner
from caffe2torch.train.distributed import by_itself
from caffe2torch.train.tapped import Tap, tapped_forward


def activations(runner: Runner) -> list[Activation]:
    """Mean, spread and zeros of each layer with weights and each activation, in a batch.

    The batch is the one that the net saw last; random numbers and statistics are left as they are.
    """
    blobs, makers = {}, {}
    for node in runner.graph.nodes:
        if node.layer.plays(Role.WEIGHTS, Role.ACTIVATION) and node.tops:
            blobs[node.tops[0]] = node
            if node.layer.plays(Role.WEIGHTS):
                makers[node.tops[0]] = node.name
    values = _values(runner, list(blobs))
    measured = []
    for blob, node in blobs.items():
        value = values[blob].float()
        if value.numel() > 1:
            zeros = float((value == 0).float().mean())
            mean, std = float(value.mean()), float(value.std())
            maker = makers.get(blob, "")
            spread = _spread(value)
            measured.append(Activation(node.name, node.type, mean, std, zeros, maker, spread))
    return measured


def _spread(value: Tensor) -> float | None:
    """How far values move from image to image, None for a single image."""
    if value.ndim < 2 or len(value) < 2:
        return None
    return math.sqrt(float(value.var(0, correction=0).mean()))


def first_nonfinite(runner: Runner) -> str:
    """The first layer one of whose tops holds NaN or infinity for the last batch, "" for none."""
    tops = [top for node in runner.graph.nodes for top in node.tops]
    values = _values(runner, list(dict.fromkeys(tops)))
    for node in runner.graph.nodes:
        for top in node.tops:
            if not bool(torch.isfinite(values[top]).all()):
                return node.name
    return ""


def first_gradient(runner: Runner) -> str:
    """The first layer, from the loss back, that makes NaN or infinity of its tops' gradients.

    The last batch is run once more; "" if that gives only numbers. The parameters' gradients are
    gone afterwards.
    """
    tap = GradientTap()
    returns = list(runner.graph.loss_weights)
    with by_itself(runner.net), _untouched(runner), torch.random.fork_rng(devices=[]):
        inputs = [value.clone() for value in runner.seen.values()]
        loss = runner.loss(tapped_forward(runner.net, returns)(runner.net, tap, *inputs))
        if loss.requires_grad:
            loss.backward()  # type: ignore[no-untyped-call]
    runner.net.zero_grad(set_to_none=True)
    return runner.graph.nodes[tap.bad[0]].name if tap.bad else ""


class GradientTap(Tap):
    """Notes the layers whose backward gave something else than numbers, in the order in which."""

    def __init__(self) -> None:
        self.bad: list[int] = []

    def bottom_grad(self, index: int, j: int, grad: Tensor) -> None:
        """Look at the gradient of a bottom."""
        if not bool(torch.isfinite(grad).all()):
            self.bad.append(index)


def _values(runner: Runner, names: list[str]) -> dict[str, Tensor]:
    alone = by_itself(runner.net)  # only the first process looks
    with torch.no_grad(), alone, _untouched(runner), torch.random.fork_rng(devices=[]):
        return run(runner.net, runner.seen, names)


@contextmanager
def _untouched(runner: Runner) -> Iterator[None]:
    """Statistics and states that layers keep from batch to batch are put back afterwards."""
    buffers = {name: value.clone() for name, value in runner.net.named_buffers()}
    carried = {
        name: module.state
        for name, module in runner.net.named_modules()
        if hasattr(module, "state")
    }
    try:
        yield
    finally:
        for name, value in runner.net.named_buffers():
            value.copy_(buffers[name])
        for name, state in carried.items():
            runner.net.get_submodule(name).state = state
