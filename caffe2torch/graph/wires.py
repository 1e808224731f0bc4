"""Who reads and who made what in a net."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caffe2torch.graph.node import Node


@dataclass
class Wires:
    """Who reads and who made what: positions in a graph's nodes, Splits included.

    position: id of a node -> its position
    readers:  for each layer those that read one of its tops, before an in-place layer renews it
    makers:   for each layer the one that made each of its bottoms, None for none
    """

    position: dict[int, int]
    readers: list[list[int]]
    makers: list[list[int | None]]

    @classmethod
    def of(cls, nodes: Sequence[Node]) -> Wires:
        """Return the wires of nodes in Caffe's order."""
        wires = cls({id(node): i for i, node in enumerate(nodes)}, [[] for _ in nodes], [])
        last: dict[str, int] = {}
        for i, node in enumerate(nodes):
            makers = [last.get(blob) for blob in node.bottoms]
            wires.makers.append(makers)
            for maker in dict.fromkeys(makers):
                if maker is not None:
                    wires.readers[maker].append(i)
            last.update((top, i) for top in node.tops)
        return wires
