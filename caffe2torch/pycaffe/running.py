"""Forward and backward over the steps of a net, as Net::ForwardFromTo and BackwardFromTo do it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn

from caffe2torch.graph.model import Graph
from caffe2torch.pycaffe import settings
from caffe2torch.pycaffe.steps import Step, TorchStep


class Runnable(Protocol):
    """What can be run: the steps of a net, who wants to be told, and what runs it whole."""

    graph: Graph
    engine: Any
    steps: list[Step]
    joined: dict[int, Any]
    callbacks: dict[str, list[Callable[[int], Any]]]


class Joined:
    """Two layers in one pass over memory: BatchNorm and its Scale, in place.

    Nobody can see the blob between them, except callbacks and passes that end there.
    """

    def __init__(self, first: TorchStep, second: TorchStep, call: str) -> None:
        self.first, self.second, self.template = first, second, call
        names = ["module", "after", "b0"]
        body = call.format("b0", self="module", after="after")
        self.call: Callable[..., Any] = first.scope._lambda(names, body)

    def forward(self) -> None:
        """Run both."""
        first = self.first
        first.reshape()
        self.second.reshape()
        bottom = first.bottoms[0].tensor()
        self.second._put((self.call(first.module, self.second.module, bottom),), [bottom])


class Rectified:
    """A convolution on packed filters and the ReLU behind it, in place, in one pass."""

    def __init__(self, first: TorchStep, second: TorchStep) -> None:
        self.first, self.second = first, second

    def forward(self) -> None:
        """Run both."""
        self.first.reshape()
        self.second.reshape()
        if self.first.packed is None:
            self.first.forward()
            self.second.forward()
        else:
            self.first.compute(self.first.packed.rectified)


def find_joined(steps: list[Step]) -> dict[int, Joined | Rectified]:
    """Return the pairs that may run as one, by the position of the first."""
    joined: dict[int, Joined | Rectified] = {}
    if any(step.node.need_backward for step in steps):
        return joined
    for i, (first, second) in enumerate(pairwise(steps)):
        if not (isinstance(first, TorchStep) and isinstance(second, TorchStep)):
            continue
        chained = len(first.tops) == len(second.bottoms) == 1 and first.tops[0] is second.bottoms[0]
        if chained and second.tops == second.bottoms:
            call = first.node.layer.join(first.node.site, second.node.site)
            if call:
                joined[i] = Joined(first, second, call)
            elif first.packed is not None and isinstance(second.module, nn.ReLU):
                joined[i] = Rectified(first, second)
    return joined


def forward(net: Runnable, start: int, end: int) -> float:
    """Run the steps from `start` to `end`, both included; return the weighted sum of losses."""
    with torch.no_grad():
        whole = start == 0 and end == len(net.steps) - 1
        if net.engine is not None:
            net.engine.forget() if whole else net.engine.complete()
        chosen = whole and settings.state.engine != "exact" and not net.callbacks
        if chosen and _run_whole(net):
            return 0.0
        if net.callbacks:
            return _forward_watched(net, start, end)
        return _forward_plainly(net, start, end)


def _run_whole(net: Runnable) -> bool:
    """Run a net by the chosen engine; False if it is none for such a net."""
    if net.engine is None:
        from caffe2torch.pycaffe.engine import Whole

        steps = net.steps
        plain = Plain(steps, net.joined)
        net.engine = Whole(net.graph, steps, lambda end: _forward_plainly(plain, 0, end))
    return bool(net.engine.able and net.engine.run())


@dataclass
class Plain:
    """The steps of a net without anybody who wants to be told."""

    steps: list[Step]
    joined: dict[int, Any]


def _forward_plainly(net: Runnable | Plain, start: int, end: int) -> float:
    steps, joined, loss, i = net.steps, net.joined, np.float32(0), start
    while i <= end:
        pair = joined.get(i) if i < end else None
        if pair:
            pair.forward()
            i += 2
            continue
        step = steps[i]
        step.reshape()
        step.forward()
        if step.lossy:
            loss += np.float32(step.loss())
        i += 1
    return float(loss)


def _forward_watched(net: Runnable, start: int, end: int) -> float:
    loss = np.float32(0)
    for i in range(start, end + 1):
        _call(net, "before_forward", i)
        net.steps[i].reshape()
        net.steps[i].forward()
        loss += np.float32(net.steps[i].loss())
        _call(net, "after_forward", i)
    return float(loss)


def backward(net: Runnable, start: int, end: int) -> None:
    """Run the gradients of the steps from `start` down to `end`, both included."""
    with torch.no_grad():
        for i in range(start, end - 1, -1):
            _call(net, "before_backward", i)
            step: Step = net.steps[i]
            if step.node.need_backward:
                step.backward()
            _call(net, "after_backward", i)


def _call(net: Runnable, when: str, layer: int) -> None:
    for run in net.callbacks.get(when, ()):
        run(layer)
