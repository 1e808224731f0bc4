"""A whole training step with SGD, data excluded, against the best PyTorch form of the net.

The hand-written net runs in both layouts, NCHW and channels_last; the better of the two counts.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import nn

from caffe2torch.format.upgrade import read_solver
from caffe2torch.train.solver import Solver
from tools.benchmarks import update
from tools.benchmarks.caffe import caffe_steps
from tools.benchmarks.nets import NETS, described, handwritten
from tools.benchmarks.pairs import Ratio, in_turn

RUNS = 5


def measure() -> Iterator[Ratio]:
    for name, (batch, _) in NETS.items():
        with tempfile.TemporaryDirectory(prefix="c2t-bench-") as folder:
            yield from measure_net(name, batch, Path(folder))
    yield from update.measure()


def measure_net(name: str, batch: int, folder: Path) -> Iterator[Ratio]:
    """Time a step of ours, of both hand-written forms, and of real Caffe where it is."""
    solver = write_solver(name, batch, folder)
    running = Solver(read_solver(str(solver)))
    steps = 10 if name in ("LeNet", "CIFAR10-quick") else 1
    shape = tuple(running.train.graph.shapes["data"])
    sides: dict[str, Callable[[], object]] = {
        "c2t": lambda: running.step(steps),
        "NCHW": torch_steps(handwritten(name), shape, steps, channels_last=False),
        "channels_last": torch_steps(handwritten(name), shape, steps, channels_last=True),
    }
    real = caffe_steps(solver, steps)
    if real:
        sides["real Caffe"] = real
    times = in_turn(sides, RUNS)
    running.close()
    best = min(("NCHW", "channels_last"), key=lambda side: statistics.median(times[side]))
    title = f"{name} training step, batch {batch}"
    yield Ratio.of(title, times["c2t"], times[best], 1.0, f"hand-written PyTorch ({best})", steps)
    if real:
        yield Ratio.of(title, times["c2t"], times["real Caffe"], 0.5, "real Caffe", steps)


def write_solver(name: str, batch: int, folder: Path) -> Path:
    (folder / "net.prototxt").write_text(str(described(name, batch)))
    path = folder / "solver.prototxt"
    path.write_text(
        f'net: "{folder}/net.prototxt" base_lr: 0.0001 lr_policy: "fixed" momentum: 0.9 '
        f'weight_decay: 0.0005 max_iter: 1000000 snapshot_prefix: "{folder}/x" random_seed: 1 '
        "solver_mode: CPU"
    )
    return path


def torch_steps(
    net: nn.Module, shape: tuple[int, ...], steps: int, channels_last: bool
) -> Callable[[], None]:
    """What runs some training steps of a hand-written net on data that is there."""
    data, label = torch.full(shape, 0.5), torch.zeros(shape[0], dtype=torch.long)
    if channels_last:
        net = net.to(memory_format=torch.channels_last)
        data = data.contiguous(memory_format=torch.channels_last)
    sgd = torch.optim.SGD(net.parameters(), lr=1e-4, momentum=0.9, weight_decay=5e-4)
    loss = nn.CrossEntropyLoss()

    def run() -> None:
        for _ in range(steps):
            sgd.zero_grad()
            loss(net(data), label).backward()
            sgd.step()

    return run
