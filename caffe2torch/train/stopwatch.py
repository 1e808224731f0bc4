"""Takes the times of layers as they run, forward and backward, on any device."""

from __future__ import annotations

import time

import torch
from torch import Tensor

from caffe2torch.train.tapped import Tap

Moment = float | torch.cuda.Event


class Stopwatch:
    """Takes marks without waiting for the device; `read` gives them in milliseconds."""

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
