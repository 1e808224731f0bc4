"""A drawing before it is laid out: boxes and shape tags with their text, and arrows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from caffe2torch.draw import lettering
from caffe2torch.draw.kinds import COLOURS

SIZES = {"name": 13.0, "text": 11.0, "note": 11.0, "tag": 10.5}
LEADING = 1.3
PADDING = 9.0
INSET = 4.0  # of the sections below the first, which lie on the colour of the first


@dataclass(frozen=True)
class Line:
    """One line of text; `style` is a key of SIZES, names are bold, notes are set apart."""

    text: str
    style: str = "text"

    @property
    def width(self) -> float:
        return lettering.width(self.text, SIZES[self.style], self.style == "name")

    @property
    def height(self) -> float:
        return SIZES[self.style] * LEADING


@dataclass(frozen=True)
class Section:
    """A part of a box in one colour: the layer itself, or the in-place layers on it."""

    kind: str
    lines: tuple[Line, ...]

    @property
    def height(self) -> float:
        return sum(line.height for line in self.lines) + PADDING


@dataclass
class Item:
    """Something to be placed: a box with sections, or the tag that gives a blob's shape.

    tail_of:  for a tag, the number of the box that it hangs on; None for a box
    words:    what a search finds it by: names and types
    details:  heading and lines for whoever points at it
    wrong:    the net does not build here
    partly:   only one phase has it
    """

    sections: tuple[Section, ...]
    words: tuple[str, ...]
    details: tuple[str, ...]
    tail_of: int | None = None
    stack: bool = False
    wrong: bool = False
    partly: bool = False

    @property
    def tag(self) -> bool:
        return self.sections[0].kind == "blob"

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in pixels."""
        padding = PADDING if self.tag else 2 * PADDING
        widest = max(line.width for section in self.sections for line in section.lines)
        height = sum(section.height for section in self.sections)
        if self.tag:
            return widest + padding, height - PADDING / 2
        return widest + padding, height + (INSET if len(self.sections) > 1 else 0)


@dataclass
class Picture:
    """Items in an order in which every arrow (tail, head) goes forward.

    notes:  what whoever looks at it should know, the errors in short first
    errors: why the net does not build, with the places in the file
    """

    title: str
    phase: str
    notes: list[str]
    errors: list[str] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    arrows: list[tuple[int, int]] = field(default_factory=list)

    @property
    def kinds(self) -> list[str]:
        """The kinds that it has, in the order of COLOURS, for the legend."""
        present = {section.kind for item in self.items for section in item.sections}
        return [kind for kind in COLOURS if kind in present and kind not in ("blob", "stack")]


def section(kind: str, lines: Iterable[Line]) -> Section:
    """A section, one line long at least, so that a box without a name is a box too."""
    return Section(kind, tuple(line for line in lines if line.text) or (Line("·"),))
