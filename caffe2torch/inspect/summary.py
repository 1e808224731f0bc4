"""A wired net in numbers: shapes, parameters, multiply-adds and memory, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from caffe2torch.graph import Graph, Node
from caffe2torch.inspect.memory import Memory, made, running, training

METHOD = "SGD"


@dataclass
class Row:
    """One layer.

    parameters: learnable values that it owns; statistics: what it keeps besides (BatchNorm)
    macs:       multiply-adds of a forward over the batch (comparisons, for max pooling)
    activation: bytes of the tops that it takes memory for
    """

    node: Node
    parameters: int
    statistics: int
    macs: int
    activation: int

    @property
    def key(self) -> tuple[Any, ...]:
        """What is shown of it: equal in two phases if there is nothing to tell them apart."""
        return (self.node.name, self.node.type, self.node.tops, self.node.top_shapes)

    @property
    def data(self) -> dict[str, Any]:
        node = self.node
        return {
            "name": node.name,
            "type": node.type,
            "bottoms": node.bottoms,
            "tops": dict(zip(node.tops, node.top_shapes, strict=True)),
            "parameters": self.parameters,
            "parameter_shapes": {key: blob.shape for key, blob in node.blobs.items()},
            "macs": self.macs,
            "activation_bytes": self.activation,
        }


@dataclass
class Summary:
    """A net in one state; `method` is the solver type that its training memory is for."""

    graph: Graph
    method: str = METHOD

    @cached_property
    def rows(self) -> list[Row]:
        """The layers as the file has them, without the Splits that Caffe inserts."""
        owned = {id(ref) for ref in self.graph.params}
        return [_row(node, owned) for node in self.graph.nodes if node.index is not None]

    @property
    def phase(self) -> str:
        return "TRAIN" if self.graph.train else "TEST"

    @cached_property
    def batch(self) -> int | None:
        """Items in a batch: the first axis of the first source, None where it has none."""
        shapes = [shape for node in self.graph.sources for shape in node.top_shapes[:1] if shape]
        return shapes[0][0] if shapes else None

    @cached_property
    def parameters(self) -> int:
        return sum(row.parameters for row in self.rows)

    @cached_property
    def statistics(self) -> int:
        return sum(row.statistics for row in self.rows)

    @cached_property
    def macs(self) -> int:
        return sum(row.macs for row in self.rows)

    @cached_property
    def macs_learned(self) -> int:
        """Those in layers with parameters, which is what publications count."""
        return sum(row.macs for row in self.rows if row.parameters or row.node.params)

    @cached_property
    def memory(self) -> list[Memory]:
        """To run it, and to train it where something is trained."""
        found = [running(self.graph)]
        trained = self.graph.loss_weights and any(n.need_backward for n in self.graph.nodes)
        if self.graph.train and trained:
            found.insert(0, training(self.graph, self.method))
        return found

    @property
    def data(self) -> dict[str, Any]:
        return {
            "phase": self.phase,
            "batch": self.batch,
            "layers": [row.data for row in self.rows],
            "outputs": {blob: self.graph.shapes[blob] for blob in self.graph.outputs},
            "parameters": self.parameters,
            "statistics": self.statistics,
            "macs": self.macs,
            "macs_learned": self.macs_learned,
            "activation_bytes": sum(row.activation for row in self.rows),
            "memory": {memory.purpose: memory.data for memory in self.memory},
            "notes": self.graph.notes,
        }


def _row(node: Node, owned: set[int]) -> Row:
    learnable = statistics = 0
    for ref in node.params:
        if id(ref) in owned:
            learnable += ref.blob.count * ref.blob.learnable
            statistics += ref.blob.count * (not ref.blob.learnable)
    macs = node.layer.cost(node.site, node.top_shapes)
    return Row(node, learnable, statistics, macs, made(node))
