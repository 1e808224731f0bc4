"""A scene as marks: rectangles, lines of text, curves and arrow heads, with their colours.

Above the drawing stand the net's name, what to know of it, and the kinds with their colours.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from math import hypot

from caffe2torch.draw import lettering
from caffe2torch.draw.kinds import COLOURS
from caffe2torch.draw.layout.plan import Point
from caffe2torch.draw.picture import INSET, LEADING, PADDING, SIZES, Item, Line, Picture, Section
from caffe2torch.draw.scene import Scene

PAGE, INK, FAINT, OUTLINE, WRONG = "#FFFFFF", "#000000", "#555555", "#404040", "#D00000"
HEAD = 7.0  # length of an arrow's head
PILE = 4.0  # how far the boxes behind a stack look out
LEAST_WIDTH, SQUARE, GAP = 420.0, 10.0, 14.0  # of the heading and its legend
MOST_LINES = 8  # of notes in the heading


@dataclass(frozen=True)
class Rect:
    """A rectangle with rounded corners, from its top left; line "" has no outline."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    line: str = ""
    dashed: bool = False
    round: float = 4.0


@dataclass(frozen=True)
class Text:
    """A line of text; x is its middle, or its start where `start`; y is its base line."""

    x: float
    y: float
    line: Line
    colour: str = INK
    start: bool = False


@dataclass(frozen=True)
class Curve:
    """A chain of cubic Bézier curves, as in Plan.routes."""

    points: list[Point]


@dataclass(frozen=True)
class Head:
    """The head of an arrow: a triangle."""

    points: list[Point]


Mark = Rect | Text | Curve | Head


def arrow_marks(scene: Scene, index: int) -> list[Mark]:
    """The marks of an arrow; it has a head unless it ends at a tag."""
    points = scene.plan.routes[index]
    head = scene.picture.items[scene.picture.arrows[index][1]]
    return [Curve(points)] if head.tag else [Curve(points), Head(_triangle(points))]


def _triangle(points: list[Point]) -> list[Point]:
    """The head at the end of a curve, along its last direction."""
    (x, y) = points[-1]
    back = next((p for p in points[-2::-1] if hypot(x - p[0], y - p[1]) > 1), (x, y - 1))
    length = hypot(x - back[0], y - back[1]) or 1.0
    ux, uy = (x - back[0]) / length, (y - back[1]) / length
    bx, by, half = x - HEAD * ux, y - HEAD * uy, HEAD * 0.45
    return [(x, y), (bx - half * uy, by + half * ux), (bx + half * uy, by - half * ux)]


def item_marks(scene: Scene, index: int) -> Iterator[Mark]:
    """The marks of a box or a tag, from the back to the front."""
    item = scene.picture.items[index]
    width, height = item.size
    x, y = scene.plan.centres[index]
    left, top = x - width / 2, y - height / 2
    yield from _frame(item, left, top)
    for i, section in enumerate(item.sections):
        if i:
            fill = COLOURS[section.kind]
            room = section.height - (2.0 if item.stack else 0.0)  # cards of a stack lie apart
            yield Rect(left + INSET, top, width - 2 * INSET, room, fill, round=2.0)
        yield from _lines(section, x, top, item.tag)
        top += section.height


def _frame(item: Item, left: float, top: float) -> Iterator[Rect]:
    width, height = item.size
    fill = COLOURS[item.sections[0].kind]
    line = WRONG if item.wrong else "" if item.tag else OUTLINE
    if item.stack:
        for k in (2, 1):
            yield Rect(left + k * PILE, top + k * PILE, width, height, fill, line)
    corner = height / 2 if item.tag else 4.0
    yield Rect(left, top, width, height, fill, line, item.partly or item.wrong, corner)


def _lines(section: Section, x: float, top: float, tag: bool) -> Iterator[Text]:
    at = top + PADDING / (4 if tag else 2)
    for line in section.lines:
        size = SIZES[line.style]
        yield Text(x, at + size * (LEADING + 0.66) / 2, line)
        at += size * LEADING


def heading(picture: Picture, width: float) -> tuple[list[Mark], float, float]:
    """Its marks from the origin on, its width and its height, for a drawing `width` wide."""
    room = max(width, LEAST_WIDTH)
    marks: list[Mark] = []
    y = 0.0
    for line in _heading_lines(picture, room):
        y += SIZES[line.style] * LEADING
        marks.append(Text(0.0, y, line, INK if line.style == "name" else FAINT, start=True))
    marks += _legend(picture, room, y + GAP)
    right = max((m.x + m.line.width for m in marks if isinstance(m, Text)), default=0.0)
    bottom = max((m.y for m in marks if isinstance(m, Text)), default=0.0)
    return marks, right, bottom + GAP * 2


def _heading_lines(picture: Picture, room: float) -> Iterator[Line]:
    yield Line(f"{lettering.label(picture.title, 60)} — {picture.phase}", "name")
    letters = int(room / (SIZES["note"] * 0.62))
    notes = [line for note in picture.notes for line in textwrap.wrap(note, letters)]
    yield from (Line(line, "note") for line in notes[:MOST_LINES])
    yield from [Line("…", "note")] * (len(notes) > MOST_LINES)


def _legend(picture: Picture, room: float, y: float) -> Iterator[Mark]:
    x = 0.0
    for kind in picture.kinds:
        line = Line(kind, "tag")
        if x and x + SQUARE + line.width > room:
            x, y = 0.0, y + SQUARE + GAP / 2
        yield Rect(x, y - SQUARE + 1, SQUARE, SQUARE, COLOURS[kind], OUTLINE, round=2.0)
        yield Text(x + SQUARE + 4, y, line, FAINT, start=True)
        x += SQUARE + 4 + line.width + GAP
