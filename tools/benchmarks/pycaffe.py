"""net.forward() of an old Python program: against the net's own graph, and real pycaffe.

The graph is the torch module that runs the net elsewhere, in the layout that is faster for it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

from caffe2torch import pycaffe
from caffe2torch.module.build import build
from caffe2torch.module.layout import NHWC, lay_out_filters
from caffe2torch.pycaffe import settings
from tools.benchmarks.caffe import answers, start
from tools.benchmarks.nets import deploy
from tools.benchmarks.pairs import Ratio, in_turn

RUNS, PAUSE = 21, 0.1
NETS, BATCHES = ("AlexNet", "GoogLeNet", "ResNet-50"), (1, 8)

FORWARD = """
import sys, caffe
caffe.set_mode_cpu()
net = caffe.Net(sys.argv[1], caffe.TEST)
for line in sys.stdin:
    for _ in range(int(line)): net.forward()
    print("done", flush=True)
"""


def measure() -> Iterator[Ratio]:
    for name in NETS:
        for batch in BATCHES:
            with tempfile.TemporaryDirectory(prefix="c2t-bench-") as folder:
                yield from measure_net(name, batch, Path(folder))


def measure_net(name: str, batch: int, folder: Path) -> Iterator[Ratio]:
    """Time some forwards of ours, of the graph, and of real pycaffe where it is."""
    file = folder / "deploy.prototxt"
    file.write_text(str(deploy(name, batch)))
    passes = 4 if batch == 1 else 1
    net = quiet_net(file)
    sides = {
        "pycaffe": repeated(net.forward, passes),
        "graph": repeated(graph_forward(net), passes),
    }
    process = start(FORWARD, folder, str(file))
    if process:
        sides["real pycaffe"] = answers(process, str(passes))
    times = in_turn(sides, RUNS, pause=PAUSE)
    if process:
        process.terminate()
        process.communicate()
    title = f"{name} forward, batch {batch}"
    yield Ratio.of(title, times["pycaffe"], times["graph"], 1.05, "the graph's own", passes)
    if process:
        yield Ratio.of(
            title, times["pycaffe"], times["real pycaffe"], 1 / 1.5, "real pycaffe", passes
        )


def quiet_net(file: Path) -> pycaffe.Net:
    """The net, without a log, and random numbers in its input."""
    settings.state.rank = 1  # only number 0 logs
    net = pycaffe.Net(str(file), pycaffe.TEST)
    data = net.blobs[net.inputs[0]].data
    data[...] = np.random.default_rng(0).random(data.shape)
    return net


def graph_forward(net: pycaffe.Net) -> Callable[[], object]:
    """What runs the torch module of the same graph on the same input."""
    module = build(net._graph, seed=1, join=True)
    lay_out_filters(module, net._graph, NHWC)
    data = torch.from_numpy(net.blobs[net.inputs[0]].data.copy())

    def forward() -> object:
        with torch.no_grad():
            return module(data)

    return forward


def repeated(action: Callable[[], object], times: int) -> Callable[[], None]:
    def run() -> None:
        for _ in range(times):
            action()

    return run
