"""How fast a layer could be: the roofline of this machine's processor.

A layer takes at least its multiply-adds by the fastest matrix product, and at least the bytes of
its blobs by the fastest copy, whichever is more. Both are measured here and now, in float32.

Source: Williams, Waterman, Patterson 2009 (Roofline)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from caffe2torch.graph.model import Graph, Node
from caffe2torch.module.stopwatch import fastest

SIDE, COPIED = 1024, 2**25
"""Rows of the square matrices that are multiplied; float32 numbers that are copied, beyond any
cache."""
RUNS = 5
BYTES = 4


@dataclass(frozen=True)
class Roofline:
    """What the processor does at most: multiply-adds and bytes a second."""

    products: float
    bandwidth: float

    def least(self, node: Node) -> float:
        """Milliseconds that a layer's forward takes at least."""
        if node.layer.source or node.type == "Split":
            return 0.0
        blobs = [*node.bottom_shapes, *node.top_shapes, *(ref.shape for ref in node.params)]
        moved = BYTES * sum(map(math.prod, blobs))
        products = node.layer.cost(node.site, node.top_shapes)
        return 1e3 * max(products / self.products, moved / self.bandwidth)


def measure() -> Roofline:
    """Time matrix products and copies for some tenths of a second; the fastest run counts."""
    a, b = torch.rand(SIDE, SIDE), torch.rand(SIDE, SIDE)
    long = torch.zeros(COPIED)
    other = torch.empty_like(long)
    return Roofline(
        products=SIDE**3 / fastest(lambda: torch.mm(a, b), RUNS),
        bandwidth=2 * BYTES * COPIED / fastest(lambda: other.copy_(long), RUNS),
    )


def slowest(graph: Graph, forward: list[float], roofline: Roofline, most: int = 3) -> list[str]:
    """Lines for the layers that take the most time.

    forward: milliseconds of each layer of `graph.nodes`
    """
    total = sum(forward) or 1.0
    rows = [
        (ms, node) for ms, node in zip(forward, graph.nodes, strict=True)
        if ms > 0 and not node.layer.source
    ]  # fmt: skip
    rows.sort(key=lambda row: -row[0])
    return [
        f"{node.name} ({node.type}): {ms / total:.0%} of the forward, at "
        f"{roofline.least(node) / ms:.0%} of what the processor can do"
        for ms, node in rows[:most]
    ]
