"""The emitted forward once more, with a tap before and after every layer.

Used where somebody wants to see or to time single layers; training runs without it.
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from caffe2torch.module.blobs import graph_of
from caffe2torch.module.emission import Emission
from caffe2torch.module.emit import Body, Line

Forward = Callable[..., dict[str, Tensor]]


class Tap:
    """Base of what sits between layers; `index` is the layer's position in graph.nodes."""

    def begin(self, index: int) -> None:
        """A layer is about to run."""

    def bottom(self, index: int, j: int, x: Tensor, overwritten: bool) -> Tensor:
        """Return what the layer gets as its bottom j, which it may overwrite."""
        if not x.requires_grad:
            return x
        if overwritten:
            passed: Tensor = _Ring.apply(x, lambda grad: self.bottom_grad(index, j, grad))
            return passed
        x = x.view_as(x)  # of this reader's own, so that its gradient is only its own
        x.register_hook(lambda grad: self.bottom_grad(index, j, grad))
        return x

    def bottom_grad(self, index: int, j: int, grad: Tensor) -> None:
        """The layer's backward has computed the gradient of its bottom j."""

    def top(self, index: int, tops: tuple[Tensor, ...]) -> None:
        """A layer has run."""


class _Ring(torch.autograd.Function):
    """The identity in place, which tells its gradient: a hook does not outlive an overwriting."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, note: Callable[[Tensor], None]) -> Tensor:
        """Return x itself."""
        ctx.mark_dirty(x)
        ctx.note = note
        return x

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        """Tell the gradient and pass it on."""
        ctx.note(grads[0])
        return grads[0], None


class _TappedBody(Body):
    """The lines of `forward`, with the calls of a tap in between."""

    def steps(self) -> Iterator[Line]:
        for line in super().steps():
            if line.layer is None:
                yield line
                continue
            tops = "".join(f"{top}, " for top in line.writes)
            text = f"tap.begin({line.layer})\n{line.text}\ntap.top({line.layer}, ({tops}))"
            yield replace(line, text=text)

    def argument(self, i: int, j: int) -> str:
        overwritten = j == 0 and i in self.emission.writable
        return f"tap.bottom({i}, {j}, {super().argument(i, j)}, {overwritten})"


def tapped_forward(net: nn.Module, returns: list[str]) -> Forward:
    """Return forward(net, tap, *inputs) -> the blobs named in `returns`, by name."""
    emission = Emission(graph_of(net), returns)
    items = ", ".join(f"{blob!r}: {emission.variables[blob]}" for blob in returns)
    body = [*_TappedBody(emission).lines(), f"return {{{items}}}"]
    arguments = ", ".join(["self", "tap", *emission.arguments])
    text = f"def forward({arguments}):\n" + "".join(f"    {line}\n" for line in body)
    namespace = sys.modules[type(net).__module__]
    filename = f"<{namespace.__name__} tapped>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    scope: dict[str, Any] = {}
    exec(compile(text, filename, "exec"), namespace.__dict__, scope)
    forward: Forward = scope["forward"]
    return forward
