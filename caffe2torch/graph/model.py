"""The wired net: layers, blobs, parameters, shapes. Nothing here reads a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import GraphError, Span
from caffe2torch.layers.base import Blob, Layer, Shape, Site

if TYPE_CHECKING:
    from caffe2torch.format.upgrade import Net


@dataclass
class ParamRef:
    """One parameter blob of one layer; `owner` is itself unless the blob is shared by name."""

    layer: str
    index: int
    key: str
    blob: Blob
    name: str
    lr_mult: float
    decay_mult: float
    owner: ParamRef | None = None
    has_lr: bool = False
    has_decay: bool = False

    @property
    def shape(self) -> Shape:
        return self.blob.shape


@dataclass
class Node:
    """One layer of the graph, with the names and shapes of its blobs.

    `index` is its position in the net file's (upgraded) layer list, None for a Split that was
    inserted. `module` is the name of its submodule, once a module has been built.
    `need_backward` and `bottom_need_backward` are Caffe's flags of the same names.
    """

    site: Site
    layer: Layer
    index: int | None
    bottoms: list[str]
    tops: list[str]
    bottom_shapes: list[Shape]
    top_shapes: list[Shape]
    blobs: dict[str, Blob]
    loss_weights: list[float]
    params: list[ParamRef] = field(default_factory=list)
    need_backward: bool = False
    bottom_need_backward: list[bool] = field(default_factory=list)
    param_need_backward: list[bool] = field(default_factory=list)
    module: str = ""

    @property
    def name(self) -> str:
        return self.site.name

    @property
    def type(self) -> str:
        return self.site.type

    @property
    def param(self) -> pb.LayerParameter:
        return self.site.param


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


@dataclass
class Graph:
    """A net in one state. `nodes` are in Caffe's order, Split layers included.

    outputs:      blobs that nothing consumes, in alphabetical order as Caffe prints them
    loss_weights: blob -> weight, for blobs with a weight other than 0
    params:       learnable parameters in Caffe's order (owners only)
    shapes:       blob -> shape at the end of forward
    unshaped:     blobs whose shape is not known, behind layers of unknown types
    notes:        what a user should be told (assumed shapes, ignored fields)
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

    @property
    def sources(self) -> list[Node]:
        """Layers that bring data into the net."""
        return [node for node in self.nodes if node.layer.source]

    def span(self, node: Node, where: str = "") -> Span | None:
        """Where the file writes a layer, or the field of it that the dotted path names."""
        return self.net.span(node.index, where) if node.index is not None else None

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
