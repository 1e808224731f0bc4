"""The wired net: layers, blobs, parameters, shapes. Nothing here reads a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import GraphError, Span
from caffe2torch.graph.memory import Memory
from caffe2torch.graph.node import Node, ParamRef
from caffe2torch.graph.wires import Wires
from caffe2torch.layers.base import Role, Shape

if TYPE_CHECKING:
    from caffe2torch.format.upgrade import Net
    from caffe2torch.moments.base import Moments


__all__ = ["Graph", "Node", "ParamRef"]


@dataclass(frozen=True)
class Recipe:
    """What a graph was wired from beside its net, to wire it again: see `build_graph`."""

    state: pb.NetState
    input_shapes: dict[str, Shape]
    assume: bool


@dataclass
class Graph:
    """A net in one state. `nodes` are in Caffe's order, Split layers included.

    outputs:      blobs that nothing consumes, in alphabetical order as Caffe prints them
    loss_weights: blob -> weight, for blobs with a weight other than 0
    params:       learnable parameters in Caffe's order (owners only)
    shapes:       blob -> shape at the end of forward
    unshaped:     blobs whose shape is not known, behind layers of unknown types
    notes:        what a user should be told (assumed shapes, ignored fields)
    recipe:       what `build_graph` was asked for
    guessed:      blob -> the shape of missing data that its own shape rests on
    """

    name: str
    net: Net
    train: bool
    nodes: list[Node]
    inputs: list[str]
    outputs: list[str]
    loss_weights: dict[str, float]
    params: list[ParamRef]
    shapes: dict[str, Shape]
    filtered: pb.NetParameter
    notes: list[str] = field(default_factory=list)
    unshaped: frozenset[str] = frozenset()
    recipe: Recipe | None = None
    guessed: dict[str, str] = field(default_factory=dict)

    def node(self, name: str) -> Node:
        """The first layer called `name`; raises GraphError if there is none."""
        if name in self._by_name:
            return self._by_name[name]
        known = ", ".join(node.name for node in self.nodes if node.index is not None)
        raise GraphError(f'net "{self.name}" has no layer "{name}"', hint=f"layers: {known}")

    @cached_property
    def _by_name(self) -> dict[str, Node]:
        return {node.name: node for node in reversed(self.nodes)}

    @cached_property
    def wires(self) -> Wires:
        """Who reads and who made what."""
        return Wires.of(self.nodes)

    @cached_property
    def memory(self) -> Memory:
        """Which blobs lie in one memory, and who overwrites it."""
        return Memory.of(self.nodes)

    @cached_property
    def label_readers(self) -> dict[str, list[int]]:
        """Blob -> positions of the layers that take it for class numbers, and of Splits of it."""
        readers: dict[str, list[int]] = {}
        for i, node in enumerate(self.nodes):
            label = 0 if node.type == "Split" else node.layer.label_bottom
            if label is not None:
                readers.setdefault(node.bottoms[label], []).append(i)
        return readers

    @cached_property
    def hidden(self) -> frozenset[int]:
        """Positions of the layers behind which, on some way, a layer with weights stands.

        Normalisers are no such layers.
        """
        hidden: set[int] = set()
        for i in reversed(range(len(self.nodes))):
            if any(j in hidden or _weighted(self.nodes[j]) for j in self.wires.readers[i]):
                hidden.add(i)
        return frozenset(hidden)

    @cached_property
    def moments(self) -> list[Moments | None]:
        """What each layer does to moments; None where its type has no rule for them."""
        return [node.layer.signal(node.site) for node in self.nodes]

    @property
    def sources(self) -> list[Node]:
        """Layers that bring data into the net."""
        return [node for node in self.nodes if node.layer.source]

    def span(self, node: Node, where: str = "") -> Span | None:
        """Where the file writes a layer, or the field of it that the dotted path names."""
        return self.net.span(node.index, where) if node.index is not None else None

    @property
    def results(self) -> list[str]:
        """Blobs that a run of the net needs: outputs, losses and loose ends, each once."""
        return list(dict.fromkeys([*self.outputs, *self.loss_weights, *self.loose_ends]))

    @cached_property
    def loose_ends(self) -> list[str]:
        """Blobs that lead to no loss, and whose gradient of 0 Caffe sends back all the same.

        `force_backward` asks for it. It matters where a layer in place forgets what arrives.
        """
        if not self.net.message.force_backward:
            return []
        dead = [blob for node in self.nodes if not node.tops for blob in node.bottoms]
        return [blob for blob in (*self.outputs, *dead) if blob not in self.loss_weights]

    def guess(self, node: Node) -> str:
        """The shape of missing data that a layer's bottoms rest on, "" for none."""
        return next((self.guessed[blob] for blob in node.bottoms if blob in self.guessed), "")

    def require_backward(self) -> None:
        """Raise GraphError for the first layer that Caffe would refuse to run backward."""
        for node in reversed(self.nodes):
            reason = _backward_refusal(node)
            if reason:
                raise GraphError(
                    f'layer "{node.name}" ({node.type}) {reason}',
                    span=self.span(node),
                    hint="remove force_backward or the loss weight, or keep gradients from "
                    "reaching this bottom (propagate_down: false)",
                )


def _weighted(node: Node) -> bool:
    if node.layer.plays(Role.WEIGHTS):
        return True
    return bool(node.params) and not node.layer.plays(Role.NORMALIZER)


def _backward_refusal(node: Node) -> str:
    if not node.need_backward:
        return ""
    if node.layer.backward:
        return node.layer.backward
    for bottom, reason in node.layer.no_gradient.items():
        index = bottom if bottom >= 0 else len(node.bottoms) + bottom
        if index < len(node.bottoms) and node.bottom_need_backward[index]:
            return reason
    return ""
