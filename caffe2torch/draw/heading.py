"""What stands above a drawing: the net's name, what to know of it, and the colours."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from caffe2torch.draw import lettering
from caffe2torch.draw.kinds import COLOURS
from caffe2torch.draw.painting import FAINT, INK, OUTLINE, Mark, Rect, Text
from caffe2torch.draw.picture import LEADING, SIZES, Line, Picture

LEAST, SQUARE, GAP = 420.0, 10.0, 14.0
MOST_LINES = 8


def heading(picture: Picture, width: float) -> tuple[list[Mark], float, float]:
    """Its marks from the origin on, its width and its height, for a drawing `width` wide."""
    room = max(width, LEAST)
    marks: list[Mark] = []
    y = 0.0
    for line in _lines(picture, room):
        y += SIZES[line.style] * LEADING
        marks.append(Text(0.0, y, line, INK if line.style == "name" else FAINT, start=True))
    marks += _legend(picture, room, y + GAP)
    right = max((m.x + m.line.width for m in marks if isinstance(m, Text)), default=0.0)
    bottom = max((m.y for m in marks if isinstance(m, Text)), default=0.0)
    return marks, right, bottom + GAP * 2


def _lines(picture: Picture, room: float) -> Iterator[Line]:
    yield Line(f"{lettering.label(picture.title, 60)} — {picture.phase}", "name")
    letters = int(room / (SIZES["note"] * 0.62))
    said = [line for note in picture.notes for line in textwrap.wrap(note, letters)]
    yield from (Line(line, "note") for line in said[:MOST_LINES])
    yield from [Line("…", "note")] * (len(said) > MOST_LINES)


def _legend(picture: Picture, room: float, y: float) -> Iterator[Mark]:
    x = 0.0
    for kind in picture.kinds:
        line = Line(kind, "tag")
        if x and x + SQUARE + line.width > room:
            x, y = 0.0, y + SQUARE + GAP / 2
        yield Rect(x, y - SQUARE + 1, SQUARE, SQUARE, COLOURS[kind], OUTLINE, round=2.0)
        yield Text(x + SQUARE + 4, y, line, FAINT, start=True)
        x += SQUARE + 4 + line.width + GAP
