"""An SVG picture; pointing at a box shows all that the net file says of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from caffe2torch.draw.painting import (
    FAINT,
    PAGE,
    Curve,
    Head,
    Mark,
    Rect,
    Text,
    arrow_marks,
    heading,
    item_marks,
)
from caffe2torch.draw.picture import SIZES
from caffe2torch.draw.scene import Scene

MARGIN = 16.0
FONT = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"


def render(scene: Scene) -> bytes:
    """A page with a heading and the drawing."""
    marks, right, top = heading(scene.picture, scene.plan.width)
    width = max(right, scene.plan.width) + 2 * MARGIN
    height = top + scene.plan.height + 2 * MARGIN
    shift = MARGIN + max(0.0, (right - scene.plan.width) / 2)
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}"'
        f' viewBox="0 0 {width:.0f} {height:.0f}" font-family="{FONT}">',
        f"<title>{escape(scene.picture.title)}</title>",
        f'<rect width="100%" height="100%" fill="{PAGE}"/>',
        f'<g transform="translate({MARGIN:g} {MARGIN:g})">{_marks(marks)}</g>',
        f'<g transform="translate({shift:.1f} {top + MARGIN:.1f})">',
        *groups(scene, titles=True),
        "</g>",
        "</svg>",
    ]
    return ("\n".join(parts) + "\n").encode()


def groups(scene: Scene, titles: bool) -> Iterator[str]:
    """A `g` element for each arrow, then for each item; with their details as tool tips."""
    for i, (tail, head) in enumerate(scene.picture.arrows):
        ends = f'data-tail="{tail}" data-head="{head}"'
        yield f'<g class="arrow" {ends}>{_marks(arrow_marks(scene, i))}</g>'
    for i, item in enumerate(scene.picture.items):
        kind = "tag" if item.tag else "box"
        title = f"<title>{escape(chr(10).join(item.details))}</title>" if titles else ""
        yield f'<g class="{kind}" id="item{i}">{title}{_marks(item_marks(scene, i))}</g>'


def _marks(marks: Iterable[Mark]) -> str:
    return "".join(map(_mark, marks))


def _mark(mark: Mark) -> str:
    if isinstance(mark, Rect):
        return _rect(mark)
    if isinstance(mark, Text):
        return _text(mark)
    if isinstance(mark, Curve):
        return f'<path d="{_path(mark)}" fill="none" stroke="{FAINT}" stroke-width="1.2"/>'
    assert isinstance(mark, Head)
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in mark.points)
    return f'<polygon points="{points}" fill="{FAINT}"/>'


def _rect(mark: Rect) -> str:
    line = f' stroke="{mark.line}"' if mark.line else ""
    dashes = ' stroke-dasharray="5 3" stroke-width="1.6"' if mark.dashed else ""
    return (
        f'<rect x="{mark.x:.1f}" y="{mark.y:.1f}" width="{mark.width:.1f}"'
        f' height="{mark.height:.1f}" rx="{mark.round:.1f}" fill="{mark.fill}"{line}{dashes}/>'
    )


def _text(mark: Text) -> str:
    style = "" if mark.start else ' text-anchor="middle"'
    style += ' font-weight="bold"' if mark.line.style == "name" else ""
    style += ' font-style="italic"' if mark.line.style == "note" else ""
    return (
        f'<text x="{mark.x:.1f}" y="{mark.y:.1f}" font-size="{SIZES[mark.line.style]:g}"'
        f' fill="{mark.colour}" xml:space="preserve"{style}>{escape(mark.line.text)}</text>'
    )


def _path(curve: Curve) -> str:
    start, *rest = [f"{x:.1f} {y:.1f}" for x, y in curve.points]
    return f"M{start}C{' '.join(rest)}"
