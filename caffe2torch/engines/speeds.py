"""How long a batch of a net takes by the layouts, threads and engines that there are.

A train net runs forward and backward, a test net forward. The batch is zeros, and making it is
excluded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from caffe2torch.convert.choosing import Compute, available, choose
from caffe2torch.convert.runtimes import registry
from caffe2torch.graph.model import Graph
from caffe2torch.module.layout import NCHW, NHWC
from caffe2torch.module.options import Options
from caffe2torch.module.runner import Runner
from caffe2torch.module.stopwatch import fastest

SECONDS, MOST = 1.0, 20
"""Each way runs for about so long, and at most so often; the fastest run counts."""


@dataclass(frozen=True)
class Speed:
    """Milliseconds of a batch by one way; None, with the reason, where it cannot run."""

    way: str
    milliseconds: float | None
    problem: str = ""


def compare(graph: Graph) -> Iterator[Speed]:
    """Yield the speed of each way on the CPU: torch by layout and threads, then the engines."""
    runner = Runner(graph, Options(), data=False)
    available = torch.get_num_threads()
    for layout in (NCHW, NHWC):
        runner.lay_out(layout)
        for threads in sorted({1, available}):
            with _threads(threads):
                yield Speed(f"torch, {layout}, {_counted(threads)}", _milliseconds(_step(runner)))
    runner.lay_out(NCHW)
    if not graph.train:
        yield from _engines(runner)


def _engines(runner: Runner) -> Iterator[Speed]:
    given = runner.batch()
    for name in available():
        title = registry.find(name).TITLE
        choice = choose(runner.net, runner.graph.outputs, given, name)
        if choice.engine == name:
            yield Speed(title, _milliseconds(_computing(choice.compute, runner)))
        else:
            yield Speed(title, None, " ".join(choice.refused))


def _computing(compute: Compute, runner: Runner) -> Callable[[], object]:
    given = runner.batch()
    return lambda: compute(given)


def _step(runner: Runner) -> Callable[[], None]:
    """What runs a batch forward and, where something is learned, backward."""

    def step() -> None:
        runner.net.zero_grad(set_to_none=True)
        with torch.set_grad_enabled(runner.graph.train):
            loss = runner.loss(runner.run())
        if loss.requires_grad:
            loss.backward()  # type: ignore[no-untyped-call]

    return step


def _milliseconds(action: Callable[[], object]) -> float:
    """Of the fastest run, after one that does not count."""
    action()
    return 1e3 * fastest(action, MOST, SECONDS)


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _counted(threads: int) -> str:
    return f"{threads} thread" if threads == 1 else f"{threads} threads"


def speed_table(speeds: list[Speed], images: int) -> list[str]:
    """Lines of a table, the fastest marked; images: of a batch."""
    best = min((one.milliseconds for one in speeds if one.milliseconds is not None), default=0.0)
    width = max(len(one.way) for one in speeds)
    lines = []
    for one in speeds:
        if one.milliseconds is None:
            lines.append(f"{one.way:<{width}}  {one.problem}")
            continue
        rate = images * 1e3 / one.milliseconds
        lines.append(
            f"{one.way:<{width}}  {one.milliseconds:10.3f} ms  {rate:11,.1f} images/s  "
            + ("fastest" if one.milliseconds == best else f"{one.milliseconds / best:.2f} times it")
        )
    return lines
