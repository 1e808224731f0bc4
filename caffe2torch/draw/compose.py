"""From a subject to its picture."""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.draw import repeats
from caffe2torch.draw.boxes import box, tag
from caffe2torch.draw.parts import Part, fold
from caffe2torch.draw.picture import Picture
from caffe2torch.draw.shapes import annotate
from caffe2torch.draw.subject import Subject
from caffe2torch.draw.wiring import Value, Vertex, wire
from caffe2torch.errors import C2TError
from caffe2torch.terminal import printable


def compose(subject: Subject, collapse: bool = False) -> Picture:
    """The picture of a subject: its boxes, the tags on their arrows, and what is to be noted."""
    vertices = wire(subject)
    errors = annotate(subject, vertices)
    parts = fold(vertices)
    if collapse:
        parts = repeats.collapse(parts)
    picture = Picture(printable(subject.title), subject.phase, list(_notes(errors, vertices)))
    picture.errors = [str(error) for error in errors]
    _Composer(picture, frozenset(subject.states)).add(parts)
    return picture


def _notes(errors: list[C2TError], vertices: list[Vertex]) -> Iterator[str]:
    for error in errors:
        yield f"does not build, shapes as far as they are known: {printable(error.message)}"
    guessed = dict.fromkeys(printable(v.param.name) for v in vertices if v.assumed)
    if guessed:
        yield f"assumed shapes, since the data are not here: {', '.join(guessed)}"


class _Composer:
    """Adds parts to a picture in order: the tags a box reads from nowhere, the box, its tags."""

    def __init__(self, picture: Picture, phases: frozenset[str]) -> None:
        self.picture, self.phases = picture, phases
        self.tail: dict[Value, int] = {}

    def add(self, parts: list[Part]) -> None:
        for part in parts:
            tails = [self._source(value) for value in part.inputs()]
            self.picture.items.append(box(part, self.phases))
            here = len(self.picture.items) - 1
            self.picture.arrows += [(tail, here) for tail in dict.fromkeys(tails)]
            for value in part.outputs():
                self.tail[value] = self._tag(value, here, part) if value.readers else here

    def _source(self, value: Value) -> int:
        if value not in self.tail:
            self.tail[value] = self._tag(value, None)
        return self.tail[value]

    def _tag(self, value: Value, tail: int | None, part: Part | None = None) -> int:
        names = {vertex.param.name for vertex in part.vertices} if part else set()
        item = tag(value, tail, names)
        if item is None:
            return tail or 0
        self.picture.items.append(item)
        here = len(self.picture.items) - 1
        if tail is not None:
            self.picture.arrows.append((tail, here))
        return here
