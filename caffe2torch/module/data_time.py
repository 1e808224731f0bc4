"""How many images a second each stage of the data pipeline makes: `c2t time --data`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from caffe2torch.data.feeds.data import Data
from caffe2torch.graph.model import Graph
from caffe2torch.module.feed import Prefetcher, open_feed

SECONDS = 1.0
WARM_UP = 3


@dataclass(frozen=True)
class Stage:
    """One stage of one layer, by itself, in images a second."""

    layer: str
    name: str
    rate: float


def measure_stages(graph: Graph, seconds: float = 0) -> list[Stage]:
    """Measure every source layer that reads data, each stage for `seconds` [SECONDS].

    read, decode and transform are measured one at a time with the threads that they use; batches
    is all of them together, made ahead as in training. Raises: DataError as `open_feed` does.
    """
    seconds = seconds or SECONDS
    stages: list[Stage] = []
    with open_feed(graph, seed=0) as feed:
        for name, prefetcher in feed.prefetchers.items():
            size = feed.nodes[name].top_shapes[0][0]
            steps = _steps(prefetcher)
            steps["batches"] = prefetcher.get
            stages += [
                Stage(name, step, _rate(action, size, seconds)) for step, action in steps.items()
            ]
    return stages


def _steps(prefetcher: Prefetcher) -> dict[str, Callable[[], object]]:
    """Return what a layer does one after the other, where its stages can be told apart."""
    feed = prefetcher.feed
    if type(feed) is not Data:
        return {}
    feed.keys, records = feed.cursor.take(feed.size, feed.stride)
    pixels, _ = feed.decoded(records)
    rng = feed.site.rng(0)
    return {
        "read": lambda: [bytes(r[:1]) for r in feed.cursor.take(feed.size, feed.stride)[1]],
        "decode": lambda: feed.decoded(records),
        "transform": lambda: feed.transform(pixels, rng),
    }


def _rate(action: Callable[[], object], size: int, seconds: float) -> float:
    for _ in range(WARM_UP):
        action()
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        action()
        count += size
    return count / (time.perf_counter() - start)


def stage_table(stages: list[Stage]) -> list[str]:
    """Return the lines of a table, with the slowest stage of each layer named."""
    if not stages:
        return ["no layer reads data"]
    width = max(5, *(len(stage.layer) for stage in stages))
    lines = [f"{'layer':<{width}}  {'stage':<10}{'images/s':>12}"]
    lines += [f"{s.layer:<{width}}  {s.name:<10}{s.rate:>12,.0f}" for s in stages]
    for layer in dict.fromkeys(stage.layer for stage in stages):
        parts = [s for s in stages if s.layer == layer and s.name != "batches"]
        if parts:
            slowest = min(parts, key=lambda stage: stage.rate)
            lines.append(f'layer "{layer}": the wall is {slowest.name}')
    return lines
