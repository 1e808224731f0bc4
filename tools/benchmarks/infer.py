"""Outputs of a deploy net: `load(optimize=True)` against the fastest engine that reads our ONNX.

The engines are those that are installed, OpenCV among them, each by its own Python interface; and
the net's own module, in torch. Making the sessions is excluded.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from typing import Any

import torch

from caffe2torch.convert.loading import load
from caffe2torch.convert.onnx.model import onnx_model
from caffe2torch.convert.onnx.options import Options
from caffe2torch.convert.optimized import Optimized
from caffe2torch.convert.runtimes import installed, registry
from caffe2torch.format.upgrade import net_from_message
from caffe2torch.module.blobs import graph_of
from tools.benchmarks.nets import deploy
from tools.benchmarks.pairs import Ratio, in_turn

NETS = ("AlexNet", "GoogLeNet", "ResNet-50")
BATCHES = (1, 8, 64)
RUNS, PAUSE = 7, 0.1
NOISE = 1.05
"""Ours is one of the others, behind a few lines of Python: more than this is no noise."""


def measure() -> Iterator[Ratio]:
    for name in NETS:
        for batch in BATCHES:
            yield from measure_net(name, batch)


def measure_net(name: str, batch: int) -> Iterator[Ratio]:
    """Time a batch by the optimized module, and by each engine."""
    module = load(net_from_message(deploy(name, batch), name), seed=0)
    graph = graph_of(module)
    shape = graph.shapes[graph.inputs[0]]
    x = torch.rand(shape, generator=torch.Generator().manual_seed(0)) * 255 - 128
    optimized = Optimized(module)
    model = onnx_model(graph, module, Options(dynamic="none")).SerializeToString()
    sides: dict[str, Callable[[], Any]] = {"c2t": lambda: optimized(x)}
    given = {graph.inputs[0]: x.numpy()}
    for engine in registry.all():
        if installed(engine):
            run = engine.load(model)
            sides[engine.TITLE] = lambda run=run: run(given)
    with torch.no_grad():
        sides["torch"] = lambda: module(x)
        times = in_turn(sides, RUNS, pause=PAUSE)
    best = min(set(sides) - {"c2t"}, key=lambda side: statistics.median(times[side]))
    (choice,) = optimized.choices.values()
    title = f"{name} outputs, batch {batch} (by {choice.engine})"
    yield Ratio.of(title, times["c2t"], times[best], NOISE, f"the fastest engine ({best})")
    yield Ratio.of(title, times["c2t"], times["torch"], 1.0, "the net's own module in torch")
