"""Layers and blobs as the file wires them, also where the net would not build.

A blob that is overwritten in place is a new value: an arrow goes to the value that a layer reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from caffe2torch import caffe_pb2 as pb
from caffe2torch.draw.subject import Subject
from caffe2torch.graph.filtering import meets
from caffe2torch.layers.base import Shape

OTHER = "OTHER"


@dataclass(eq=False)
class Value:
    """What one layer writes into one blob. `maker` is None for a blob that nothing makes."""

    name: str
    maker: Vertex | None
    readers: list[Vertex] = field(default_factory=list)
    shapes: dict[str, Shape] = field(default_factory=dict)


@dataclass(eq=False)
class Vertex:
    """A layer that is drawn; `index` is its position in the (upgraded) layer list.

    phases:  the states that include it; none if only some stage or level does
    bottoms: per bottom what it may read, in several states maybe different values
    assumed: its shapes are a guess, because its files are missing
    refusal: why the net does not build at this layer
    """

    index: int
    param: pb.LayerParameter
    phases: frozenset[str]
    bottoms: list[list[Value]] = field(default_factory=list)
    tops: list[Value] = field(default_factory=list)
    assumed: bool = False
    refusal: str = ""

    @property
    def in_place(self) -> bool:
        """Whether it has one bottom and writes its only top over it, as Caffe's neurons do."""
        return len(self.param.bottom) == 1 and self.param.bottom[:] == self.param.top[:]

    @property
    def read(self) -> list[Value]:
        """All values it may read."""
        return [value for values in self.bottoms for value in values]


def wire(subject: Subject) -> list[Vertex]:
    """The layers of the subject's states in the order of the file, connected."""
    writers: dict[str, list[Value]] = {}
    vertices = list(_vertices(subject))
    for vertex in vertices:
        wanted = (vertex.phases or frozenset(subject.states)) | {OTHER}
        for blob in vertex.param.bottom:
            values = _sources(writers.setdefault(blob, []), wanted, subject)
            vertex.bottoms.append(values or _missing(writers, blob))
            for value in vertex.bottoms[-1]:
                value.readers.append(vertex)
        for blob in vertex.param.top:
            vertex.tops.append(Value(blob, vertex))
            writers.setdefault(blob, []).append(vertex.tops[-1])
    return vertices


def _vertices(subject: Subject) -> Iterable[Vertex]:
    for index, layer in enumerate(subject.net.message.layer):
        phases = frozenset(p for p, state in subject.states.items() if included(layer, state))
        if phases or subject.everything:
            yield Vertex(index, layer, phases)


def included(layer: pb.LayerParameter, state: pb.NetState) -> bool:
    """Whether a state includes a layer; one with rules of both kinds goes by its include rules."""
    if layer.include:
        return any(meets(state, rule) for rule in layer.include)
    return not any(meets(state, rule) for rule in layer.exclude)


def _sources(values: list[Value], wanted: frozenset[str], subject: Subject) -> list[Value]:
    """The last value for each state that is wanted, in the order of the file."""
    read: list[Value] = []
    for value in reversed(values):
        if value.maker is None or not wanted - {OTHER}:
            break
        offered = value.maker.phases or frozenset({OTHER})
        if offered == frozenset(subject.states):
            offered |= {OTHER}
        if wanted & offered:
            read.append(value)
            wanted -= offered
    return read[::-1]


def _missing(writers: dict[str, list[Value]], blob: str) -> list[Value]:
    if not writers[blob]:
        writers[blob].append(Value(blob, None))
    return [value for value in writers[blob] if value.maker is None] or [Value(blob, None)]
