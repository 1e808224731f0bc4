"""debug_info: the mean magnitude of every blob and gradient, layer by layer, as Caffe logs it.

Source: Caffe src/caffe/net.cpp, ForwardDebugInfo, BackwardDebugInfo, Backward
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from caffe2torch.graph.model import Node
from caffe2torch.module.blobs import tensors
from caffe2torch.module.failing import explained
from caffe2torch.module.runner import Runner
from caffe2torch.train.log import Log, number
from caffe2torch.train.tapped import Tap, tapped_forward


class DebugTap(Tap):
    """Notes mean magnitudes of tops as they are made, and of gradients as they come back."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = nodes
        self.tops: dict[tuple[int, int], float] = {}
        self.bottom_diffs: dict[tuple[int, int], float] = {}
        self.top_diffs: dict[tuple[int, int], float] = {}

    def bottom(self, index: int, j: int, x: Tensor, overwritten: bool) -> Tensor:
        """Let a bottom have a gradient where Caffe computes one, though nothing behind learns.

        BatchNorm counts as a layer that learns: its three blobs have a learning rate in the file.
        """
        if not x.requires_grad and self.nodes[index].bottom_need_backward[j]:
            x = x.detach().requires_grad_().clone()
        return super().bottom(index, j, x, overwritten)

    def bottom_grad(self, index: int, j: int, grad: Tensor) -> None:
        """Note the gradient of a bottom."""
        self.bottom_diffs[index, j] = magnitude(grad)

    def top(self, index: int, tops: tuple[Tensor, ...]) -> None:
        """Note the tops now, for a layer in place may overwrite them."""
        for k, top in enumerate(tops):
            self.tops[index, k] = magnitude(top)
            if top.requires_grad:
                _hook(top, self.top_diffs, (index, k))


def _hook(x: Tensor, into: dict[tuple[int, int], float], key: tuple[int, int]) -> None:
    def note(grad: Tensor) -> None:
        into[key] = magnitude(grad)

    x.register_hook(note)


def magnitude(x: Tensor | None) -> float:
    """Return the mean of |x|, 0 for nothing."""
    return float(x.detach().abs().float().mean()) if x is not None and x.numel() else 0.0


class Debugger:
    """Runs a net so that every layer can be logged."""

    def __init__(self, runner: Runner, log: Log) -> None:
        self.runner, self.log = runner, log
        self.forward = tapped_forward(runner.net, runner.graph.results)
        self.tap = DebugTap(runner.graph.nodes)
        self.held = tensors(runner.net)

    def run(self) -> dict[str, Tensor]:
        """Forward the next batch and log every layer; return outputs and losses."""
        self.tap = DebugTap(self.runner.graph.nodes)
        batch = self.runner.seen = self.runner.batch()
        with self.runner.options.autocast, explained():
            blobs = self.forward(self.runner.net, self.tap, *batch.values())
        latest = {blob: magnitude(value) for blob, value in batch.items()}
        for index, node in enumerate(self.runner.graph.nodes):
            self._log_forward(index, node, latest)
        return blobs

    def _log_forward(self, index: int, node: Node, latest: dict[str, float]) -> None:
        start = f"    [Forward] Layer {node.name}, "
        for k, top in enumerate(node.tops):
            copied = latest[node.bottoms[0]] if node.type == "Split" else latest.get(top, 0.0)
            latest[top] = self.tap.tops.get((index, k), copied)
            self.log("net.cpp:593", f"{start}top blob {top} data: {number(latest[top])}")
        for ref in node.params:
            value = number(magnitude(self.held[id(ref.owner or ref)]))
            self.log("net.cpp:605", f"{start}param blob {ref.name or ref.index} data: {value}")

    def log_backward(self) -> None:
        """Log the gradients of the backward that has just run."""
        graph = self.runner.graph
        for index in reversed(range(len(graph.nodes))):
            if graph.nodes[index].need_backward:
                self._log_backward(index, graph.nodes[index])
        self._log_total()

    def _bottom_diff(self, index: int, j: int) -> float:
        """Return the gradient at a bottom; that of a Split is the sum, as its maker gets it."""
        nodes = self.runner.graph.nodes
        if nodes[index].type != "Split":
            return self.tap.bottom_diffs.get((index, j), 0.0)
        return self.tap.top_diffs.get(_writer(nodes, nodes[index].bottoms[j], index), 0.0)

    def _log_backward(self, index: int, node: Node) -> None:
        start = f"    [Backward] Layer {node.name}, "
        for j, bottom in enumerate(node.bottoms):
            if node.bottom_need_backward[j]:
                value = number(self._bottom_diff(index, j))
                self.log("net.cpp:621", f"{start}bottom blob {bottom} diff: {value}")
        for ref, needed in zip(node.params, node.param_need_backward, strict=True):
            if needed:
                value = number(magnitude(self.held[id(ref.owner or ref)].grad))
                self.log("net.cpp:632", f"{start}param blob {ref.index} diff: {value}")

    def _log_total(self) -> None:
        held = [self.held[id(ref)].detach() for ref in self.runner.graph.params]
        diffs = [self.held[id(ref)].grad for ref in self.runner.graph.params]
        sums = [
            sum(float(t.float().norm(order)) ** order for t in kind if t is not None)
            for order in (1, 2)
            for kind in (held, diffs)
        ]
        l1 = f"L1 norm = ({number(sums[0])}, {number(sums[1])})"
        l2 = f"L2 norm = ({number(sums[2] ** 0.5)}, {number(sums[3] ** 0.5)})"
        self.log("net.cpp:721", f"    [Backward] All net params (data, diff): {l1}; {l2}", "E")


def _writer(nodes: list[Node], blob: str, before: int) -> tuple[int, int]:
    """Return the last layer before `before` that makes `blob`, and which top it is."""
    return next(
        (i, nodes[i].tops.index(blob)) for i in reversed(range(before)) if blob in nodes[i].tops
    )
