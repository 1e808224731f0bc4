"""What becomes one box: a layer with the in-place layers on it, or a stack of equal blocks."""

from __future__ import annotations

from dataclasses import dataclass

from caffe2torch.draw.wiring import Value, Vertex


@dataclass(eq=False)
class Part:
    """The layers of one box. `blocks` are the repetitions that a stack folds, else empty."""

    vertices: list[Vertex]
    blocks: list[list[Part]]

    def inputs(self) -> list[Value]:
        """Values that it reads from other boxes, each once."""
        inside = set(self.vertices)
        read = [value for vertex in self.vertices for value in vertex.read]
        return [value for value in dict.fromkeys(read) if value.maker not in inside]

    def outputs(self) -> list[Value]:
        """Values that others read, or nobody does."""
        inside = set(self.vertices)
        values = [value for vertex in self.vertices for value in vertex.tops]
        return [v for v in values if not v.readers or not inside.issuperset(v.readers)]


def fold(vertices: list[Vertex]) -> list[Part]:
    """One part a layer, with the chain of in-place layers that only continue it."""
    parts: list[Part] = []
    of: dict[Vertex, Part] = {}
    for vertex in vertices:
        host = _host(vertex)
        if host is not None:
            of[host].vertices.append(vertex)
            of[vertex] = of[host]
        else:
            of[vertex] = Part([vertex], [])
            parts.append(of[vertex])
    return parts


def _host(vertex: Vertex) -> Vertex | None:
    """The layer before an in-place layer, if nobody else has its result."""
    if not vertex.in_place or len(vertex.read) != 1:
        return None
    value = vertex.read[0]
    alone = value.readers == [vertex] and value.maker is not None
    return value.maker if alone and value.maker and len(value.maker.tops) == 1 else None
