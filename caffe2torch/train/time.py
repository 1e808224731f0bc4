"""`c2t time`: how long each layer takes forward and backward, on any device.

Layers are timed as they run in the emitted forward, by a tap between them.

Source: Caffe tools/caffe.cpp, time
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import torch
from torch import Tensor

from caffe2torch.module.blobs import tensors
from caffe2torch.module.failing import explained
from caffe2torch.module.runner import Runner
from caffe2torch.train.log import Log, number
from caffe2torch.train.tapped import Tap, tapped_forward

WARM_UP = 3
"""Batches that run before those that count."""
Moment = float | torch.cuda.Event
"""A reading of the processor's clock in seconds, or a mark in a GPU's stream."""


@dataclass
class LayerTime:
    """Mean milliseconds of one layer."""

    name: str
    type: str
    forward: float = 0.0
    backward: float = 0.0


@dataclass
class Times:
    """What a benchmark found, in milliseconds a batch."""

    layers: list[LayerTime]
    forward: float = 0.0
    backward: float = 0.0
    total: float = 0.0
    images: int = 0
    iterations: int = 0
    loss: float = 0.0

    @property
    def images_per_second(self) -> float:
        """Forward and backward, data included."""
        return self.images * 1e3 / (self.total / self.iterations)


@dataclass
class Benchmark:
    """Runs a net forward and backward and adds up the times of its layers."""

    runner: Runner
    log: Log
    times: Times = field(init=False)

    def __post_init__(self) -> None:
        graph = self.runner.graph
        self.forward = tapped_forward(self.runner.net, graph.results)
        self.watch = Stopwatch(self.runner.options.device)
        self.times = Times([LayerTime(n.name, n.type) for n in graph.nodes])
        held = tensors(self.runner.net)
        self.owners = [(i, held[id(ref)]) for i, n in enumerate(graph.nodes) for ref in n.params
                       if ref.owner is None]  # fmt: skip
        self.tap = TimeTap(self.watch)
        for index, tensor in self.owners:
            if tensor.requires_grad:
                tensor.register_post_accumulate_grad_hook(lambda _p, i=index: self.tap.end(i))

    def run(self, iterations: int) -> Times:
        """Run some batches to warm up, then `iterations` that count."""
        self.log("caffe.cpp:351", "Performing Forward")
        self.times.loss = self._batch()
        self.log("caffe.cpp:356", f"Initial loss: {number(self.times.loss)}")
        self.log("caffe.cpp:357", "Performing Backward")
        for _ in range(WARM_UP - 1):
            self._batch()
        for layer in self.times.layers:
            layer.forward = layer.backward = 0.0
        self.times.forward = self.times.backward = self.times.total = 0.0
        self.log("caffe.cpp:365", "*** Benchmark begins ***")
        self.log("caffe.cpp:366", f"Testing for {iterations} iterations.")
        for i in range(iterations):
            before = self.times.total
            self._batch()
            spent = number(self.times.total - before)
            self.log("caffe.cpp:394", f"Iteration: {i + 1} forward-backward time: {spent} ms.")
        self.times.iterations, self.times.images = iterations, self.runner.images
        for layer in self.times.layers:
            layer.forward /= iterations
            layer.backward /= iterations
        self._log_times(iterations)
        return self.times

    def _batch(self) -> float:
        """Run one batch, add its times, and return its loss."""
        self.tap = TimeTap(self.watch)
        self.runner.net.zero_grad(set_to_none=True)
        start = self.watch.mark()
        batch = self.runner.batch()
        data = self.watch.mark()
        with self.runner.options.autocast, explained():
            loss = self.runner.loss(self.forward(self.runner.net, self.tap, *batch.values()))
        middle = self.watch.mark()
        if loss.requires_grad:
            with explained():
                loss.backward()
        stop = self.watch.mark()
        self.times.forward += self.watch.between(start, middle)
        self.times.backward += self.watch.between(middle, stop)
        self.times.total += self.watch.between(start, stop)
        self._add_layers(self.watch.between(start, data))
        return loss.item()

    def _add_layers(self, data: float) -> None:
        sources = [i for i, n in enumerate(self.runner.graph.nodes) if n.layer.source]
        for index, layer in enumerate(self.times.layers):
            if index in sources:
                layer.forward += data / len(sources)
            if index in self.tap.begun:
                layer.forward += self.watch.between(self.tap.begun[index], self.tap.ended[index])
            if index in self.tap.back_begun and index in self.tap.back_ended:
                begun, ended = self.tap.back_begun[index], self.tap.back_ended[index]
                layer.backward += max(self.watch.between(begun, ended), 0.0)

    def _log_times(self, iterations: int) -> None:
        log, times = self.log, self.times
        log("caffe.cpp:397", "Average time per layer: ")
        for layer in times.layers:
            log("caffe.cpp:400", f"{layer.name:>10}\tforward: {number(layer.forward)} ms.")
            log("caffe.cpp:403", f"{layer.name:>10}\tbackward: {number(layer.backward)} ms.")
        log("caffe.cpp:408", f"Average Forward pass: {number(times.forward / iterations)} ms.")
        log("caffe.cpp:410", f"Average Backward pass: {number(times.backward / iterations)} ms.")
        log("caffe.cpp:412", f"Average Forward-Backward: {number(times.total / iterations)} ms.")
        log("caffe.cpp:414", f"Total Time: {number(times.total)} ms.")
        log("caffe.cpp:415", "*** Benchmark ends ***")


def table(times: Times) -> list[str]:
    """Return the lines of a table: each layer's means and shares, then the sums."""
    forward = sum(layer.forward for layer in times.layers) or 1.0
    backward = sum(layer.backward for layer in times.layers) or 1.0
    width = max([5, *(len(layer.name) for layer in times.layers)])
    kind = max([4, *(len(layer.type) for layer in times.layers)])
    lines = [f"{'layer':<{width}}  {'type':<{kind}}  {'forward':>14}  {'backward':>14}"]
    for layer in times.layers:
        if layer.type != "Split":
            lines.append(
                f"{layer.name:<{width}}  {layer.type:<{kind}}  "
                f"{layer.forward:8.3f} ms {layer.forward / forward:4.0%}"
                f" {layer.backward:8.3f} ms {layer.backward / backward:4.0%}"
            )
    n = times.iterations
    lines.append(
        f"forward {times.forward / n:.3f} ms, backward {times.backward / n:.3f} ms, together "
        f"{times.total / n:.3f} ms a batch of {times.images}: "
        f"{times.images_per_second:,.1f} images/s over {n} batches"
    )
    return lines


class Stopwatch:
    """Takes marks without waiting for the device; `between` gives milliseconds."""

    def __init__(self, device: torch.device) -> None:
        self.cuda = device.type == "cuda"
        self.start = self.mark()

    def mark(self) -> Moment:
        """Return this moment."""
        if not self.cuda:
            return time.perf_counter()
        event = torch.cuda.Event(enable_timing=True)
        event.record()
        return event

    def between(self, a: Moment, b: Moment) -> float:
        """Return the milliseconds from a to b; on a GPU wait for b."""
        if isinstance(a, float) and isinstance(b, float):
            return (b - a) * 1e3
        assert isinstance(a, torch.cuda.Event) and isinstance(b, torch.cuda.Event)
        b.synchronize()
        return a.elapsed_time(b)


class TimeTap(Tap):
    """Marks when each layer begins and ends, forward and backward."""

    def __init__(self, watch: Stopwatch) -> None:
        self.watch = watch
        self.begun: dict[int, Moment] = {}
        self.ended: dict[int, Moment] = {}
        self.back_begun: dict[int, Moment] = {}
        self.back_ended: dict[int, Moment] = {}

    def begin(self, index: int) -> None:
        """Note when the layer begins."""
        self.begun[index] = self.watch.mark()

    def bottom_grad(self, index: int, j: int, grad: Tensor) -> None:
        """Note when the gradient of this bottom is there: the layer's backward is over then."""
        self.end(index)

    def end(self, index: int) -> None:
        """Note that a gradient of the layer is done; the last note counts."""
        self.back_ended[index] = self.watch.mark()

    def top(self, index: int, tops: tuple[Tensor, ...]) -> None:
        """Note when the layer has run, and when its backward begins."""
        self.ended[index] = self.watch.mark()
        for top in tops:
            if top.requires_grad:
                top.register_hook(lambda _grad: self.begin_back(index))

    def begin_back(self, index: int) -> None:
        """Note that the gradient of a top is there; the last one starts the layer's backward."""
        self.back_begun[index] = self.watch.mark()
