"""Layers of a test net that use the parameters of a train net, and those that nothing trains.

Source: Caffe src/caffe/net.cpp, ShareTrainedLayersWith
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from caffe2torch.errors import Span, WeightsError
from caffe2torch.graph.model import Graph, Node, ParamRef


def share_trained_layers(graph: Graph, train: Graph) -> Graph:
    """Return the graph of a test net as it is once it shares the layers of a train net.

    Caffe goes by the names of layers: what layers of one name hold is shared blob by blob. A layer
    that only the test net has keeps the memory that Net::Init gave it, also where `param { name }`
    ties it to a layer that is trained.
    Raises WeightsError where layers of one name have other numbers or shapes of blobs.
    """
    for mismatch in mismatches(graph, train):
        raise mismatch.error
    twins = {id(ref): twin for ref, twin in _pairs(graph, train)}
    copies = {
        id(ref): replace(ref, owner=None, trained=twins.get(id(ref)))
        for node in graph.nodes
        for ref in node.params
    }
    owners: dict[int, ParamRef] = {}
    for node in graph.nodes:
        for ref in node.params:
            copy = copies[id(ref)]
            copy.first = copies[id(ref.first)] if ref.first else None
            if copy.trained is None:
                owner = owners.setdefault(id(copy.first or copy), copy)
                copy.owner = owner if owner is not copy else None
    nodes = [replace(n, params=[copies[id(ref)] for ref in n.params]) for n in graph.nodes]
    return replace(graph, nodes=nodes, params=[copies[id(ref)] for ref in graph.params])


def alone(graph: Graph, train: Graph) -> list[Node]:
    """The layers with parameters that a test net has and the train net has not.

    Nothing trains them: they keep what they are filled with, or what a weights file gives them.
    `Layer.untrained` says in numbers what that does.
    """
    trained = {node.name for node in train.nodes}
    return [node for node in graph.nodes if node.params and node.name not in trained]


def untrained(graph: Graph, train: Graph) -> list[tuple[ParamRef, ParamRef]]:
    """(parameter, trained parameter of its name) where a test net's layers share only a name.

    The first belongs to a layer that the train net does not have: it keeps its initial values.
    """
    trained = {id(ref) for ref, _ in _pairs(graph, train)}
    groups: dict[int, list[ParamRef]] = {}
    for node in graph.nodes:
        for ref in node.params:
            groups.setdefault(id(ref.first or ref), []).append(ref)
    return [
        (ref, next(other for other in group if id(other) in trained))
        for group in groups.values()
        for ref in group
        if id(ref) not in trained and any(id(other) in trained for other in group)
    ]


@dataclass(frozen=True)
class Mismatch:
    """Layers of one name whose blobs differ between a test net and the train net.

    here, there: blobs of the TEST and of the TRAIN net, in words
    place:       of the layer of the TRAIN net
    guesses:     what sizes rest on in the TEST and in the TRAIN net, where data are missing
    """

    target: Node
    source: Node
    here: str
    there: str
    span: Span | None
    place: str
    hint: str
    guesses: tuple[str, str]

    @property
    def error(self) -> WeightsError:
        """What Caffe stops with at the first test; `assumed` where it rests on a guess."""
        error = WeightsError(
            f'layer "{self.target.name}" ({self.target.type}) has {self.here} in the TEST net and '
            f"{self.there} in the TRAIN net{f' ({self.place})' if self.place else ''}, and the "
            "test is to use those",
            span=self.span,
            hint=self.hint,
        )
        error.assumed = self.guesses[0] or self.guesses[1]
        return error


def mismatches(graph: Graph, train: Graph) -> Iterator[Mismatch]:
    """Where a test net cannot take the trained blobs: Caffe stops when it first tests."""
    for target, source in _twins(graph, train):
        here, there = _blobs(target), _blobs(source)
        if here != there:
            span, place = graph.span(target), train.span(source)
            hint = _remedy(target, source, place == span)
            guesses = graph.guess(target), train.guess(source)
            yield Mismatch(target, source, here, there, span, str(place or ""), hint, guesses)


def _blobs(node: Node) -> str:
    shapes = [" × ".join(map(str, ref.shape)) for ref in node.params]
    return f"blobs of {', '.join(shapes)}" if shapes else "no blobs"


def _remedy(target: Node, source: Node, same_place: bool) -> str:
    sizes = [node.bottom_shapes[0] for node in (target, source) if node.bottom_shapes]
    if same_place and len(sizes) == 2:
        return f"let its bottom have one size in both; it has {sizes[0]} and {sizes[1]}"
    return "make them equal, or give one of the layers another name"


def _pairs(graph: Graph, train: Graph) -> Iterator[tuple[ParamRef, ParamRef]]:
    """(parameter, the one of the train net), for layers of one name whose blobs fit."""
    for target, source in _twins(graph, train):
        if _blobs(target) == _blobs(source):
            yield from zip(target.params, source.params, strict=True)


def _twins(graph: Graph, train: Graph) -> Iterator[tuple[Node, Node]]:
    """(layer, the one of the train net), for the first layer of each name."""
    targets = {node.name: node for node in reversed(graph.nodes)}
    for source in train.nodes:
        target = targets.get(source.name)
        if target is not None:
            yield target, source
