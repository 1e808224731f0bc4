"""How blobs lie in memory: NCHW, Caffe's own order, or NHWC, which convolutions on CPUs prefer.

Shapes and values are the same in both; only the order of the additions inside a convolution, and
with it the last bits, may differ. A short trial tells which is faster, and is kept in the user's
cache by net, shapes, processor and torch, so that the next run of the net is the same to the bit.
"""

from __future__ import annotations

import hashlib
import json
import math
import platform
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor, nn

from caffe2torch import inputs, user_cache
from caffe2torch.graph.model import Graph, Node
from caffe2torch.layers.base import Role
from caffe2torch.module.blobs import submodule
from caffe2torch.module.options import Options

AUTO, NCHW, NHWC = "auto", "nchw", "nhwc"
LAYOUTS = (AUTO, NCHW, NHWC)
LARGE = 2e9
"""Multiplications of a forward from which on a trial takes too long. Such nets run in NHWC:
AlexNet, GoogLeNet, ResNet-50 and VGG-16 took 0.60 to 0.98 of their time in NCHW."""
SMALL = 0.002
"""Seconds of a step up to which neither layout can win anything."""
ENOUGH = 0.95
"""NHWC has to take less than this part of the time: a tie stays as Caffe has it."""
PAIRS = 3


class Runner(Protocol):
    """What a trial runs: `module.runner.Runner`."""

    net: nn.Module
    graph: Graph
    options: Options

    def loss(self, blobs: Mapping[str, Tensor]) -> Tensor:
        """Return the weighted sum of all losses."""


def memory_format(layout: str) -> torch.memory_format:
    """The torch word for a layout of 4-D tensors."""
    return torch.channels_last if layout == NHWC else torch.contiguous_format


def lay_out_filters(net: nn.Module, graph: Graph, layout: str) -> None:
    """Put the filters of all convolutions (4-D) in a layout, in place; the Parameters stay."""
    for node in _convolutions(graph):
        for parameter in submodule(net, node).parameters(recurse=False):
            if parameter.dim() == 4:
                parameter.data = _copy(parameter.data, layout)


def laid_out(batch: Tensor, layout: str) -> Tensor:
    """A batch in a layout; what is not N×C×H×W stays as it is."""
    if layout != NHWC or batch.dim() != 4:
        return batch
    if batch.shape[1] == 1 and batch.is_contiguous():  # the same memory, by other strides
        n, _, h, w = batch.shape
        return batch.as_strided((n, 1, h, w), (h * w, 1, w, 1))
    return _copy(batch, NHWC)


def _copy(value: Tensor, layout: str) -> Tensor:
    """A copy in a layout, with its strides also where one channel makes both orders the same."""
    return torch.empty_like(value, memory_format=memory_format(layout)).copy_(value)


def choose(runner: Runner) -> str:
    """The faster layout for a train net on this machine: from the cache, by size, or by a trial.

    The trial runs a few steps on zeros, in at most about a second. It leaves parameters, buffers,
    gradients and random numbers as they were. Nets whose layers do more than compute their tops,
    nets without convolutions, and other devices than the CPU stay in NCHW.
    """
    graph = runner.graph
    if runner.options.device.type != "cpu" or not any(_convolutions(graph)):
        return NCHW
    if any(node.layer.side_effects or node.layer.writes(node.site) for node in graph.nodes):
        return NCHW
    if multiplications(graph) > LARGE:
        return NHWC
    path = cache_folder() / f"{fingerprint(graph)}.json"
    known = user_cache.recall(path, "layout")
    if known in (NCHW, NHWC):
        return known
    chosen, seconds = _try(runner)
    user_cache.keep(path, json.dumps({"layout": chosen, "seconds": seconds}).encode())
    return chosen


def multiplications(graph: Graph) -> float:
    """Multiplications in the convolutions of one forward of a batch."""
    total = 0.0
    for node in _convolutions(graph):
        weights = math.prod(node.params[0].shape) if node.params else 0
        places = [shape for shape in (*node.top_shapes, *node.bottom_shapes) if len(shape) == 4]
        total += weights * max((n * h * w for n, _, h, w in places), default=0)
    return total


def _convolutions(graph: Graph) -> Iterator[Node]:
    return (node for node in graph.nodes if node.layer.plays(Role.CONVOLUTION) and node.module)


def cache_folder() -> Path:
    """Where choices are kept."""
    return user_cache.folder("layout")


def fingerprint(graph: Graph) -> str:
    """What the speed of a net hangs on: layers, shapes, torch, threads and processor; 40 digits."""
    parts = [f"{node.type} {node.bottom_shapes} {node.top_shapes}" for node in graph.nodes]
    parts += [torch.__version__, str(torch.get_num_threads()), platform.machine(), _processor()]
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=20).hexdigest()


def _processor() -> str:
    with suppress(OSError):
        lines = inputs.read_text("/proc/cpuinfo", "replace").splitlines()
        return next((line for line in lines if line.startswith("model name")), "")
    return platform.processor()


def _try(runner: Runner) -> tuple[str, dict[str, float]]:
    """Time steps in both layouts in turn; the least processor time of each decides."""
    times: dict[str, list[float]] = {NCHW: [], NHWC: []}
    with _untouched(runner.net):
        try:
            _step(runner, NCHW)  # the first one also makes what is made once
            if _timed(lambda: _step(runner, NCHW)) < SMALL:
                return NCHW, {}
            for _ in range(PAIRS):
                for layout, seconds in times.items():
                    lay_out_filters(runner.net, runner.graph, layout)
                    seconds.append(_timed(lambda chosen=layout: _step(runner, chosen)))  # type: ignore[misc]
        except (RuntimeError, ValueError, IndexError):
            return NCHW, {}  # a net that does not take zeros
        finally:
            lay_out_filters(runner.net, runner.graph, NCHW)
    best = {layout: min(seconds) for layout, seconds in times.items()}
    return NHWC if best[NHWC] < ENOUGH * best[NCHW] else NCHW, best


def _step(runner: Runner, layout: str) -> None:
    runner.net.zero_grad(set_to_none=True)  # a gradient lies as its parameter does
    shapes = [shape for node in runner.graph.sources for shape in node.top_shapes]
    blobs = runner.net(*(laid_out(torch.zeros(shape), layout) for shape in shapes))
    loss = runner.loss(blobs)
    if loss.requires_grad:
        loss.backward()


def _timed(action: Callable[[], None]) -> float:
    """Processor time of all threads, which other processes do not disturb."""
    start = time.process_time()
    action()
    return time.process_time() - start


@contextmanager
def _untouched(net: nn.Module) -> Iterator[None]:
    """Leave a net, and torch's random numbers, as they were before."""
    held = [*net.parameters(), *net.buffers()]
    values = [tensor.detach().clone() for tensor in held]
    states = {module: module.state for module in net.modules() if hasattr(module, "state")}
    with torch.random.fork_rng(devices=[]):
        yield
    with torch.no_grad():
        for tensor, value in zip(held, values, strict=True):
            tensor.copy_(value)
    for module, state in states.items():
        module.state = state
    net.zero_grad(set_to_none=True)
