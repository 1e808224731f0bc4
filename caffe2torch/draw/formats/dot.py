"""Graphviz's own language, to be edited, or laid out by its programs."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from caffe2torch.draw.kinds import COLOURS
from caffe2torch.draw.picture import SIZES, Item, Line, Section
from caffe2torch.draw.scene import Scene


def render(scene: Scene) -> bytes:
    """A digraph: a node a box, and the shapes as labels of the edges."""
    picture = scene.picture
    lines = [
        f"digraph {_quoted(picture.title)} {{",
        f"  graph [rankdir={scene.rankdir}];",
        '  node [shape=plain, fontname="Helvetica"];',
        '  edge [fontname="Helvetica", fontsize=10];',
        *(f"  {_node(i, item)}" for i, item in enumerate(picture.items) if _is_node(item)),
        *(f"  {edge}" for edge in _edges(scene)),
        "}",
    ]
    return ("\n".join(lines) + "\n").encode()


def _is_node(item: Item) -> bool:
    """Whether an item is a node: a box, or a blob that no box makes."""
    return not item.tag or item.tail_of is None


def _edges(scene: Scene) -> Iterator[str]:
    items = scene.picture.items
    for tail, head in scene.picture.arrows:
        if not _is_node(items[head]):
            continue
        source, label = tail, ""
        if not _is_node(items[tail]):
            source = items[tail].tail_of or 0
            label = f" [label={_quoted(items[tail].sections[0].lines[0].text)}]"
        yield f"item{source} -> item{head}{label};"


def _node(i: int, item: Item) -> str:
    rows = "".join(map(_row, item.sections))
    style = ' style="dashed"' if item.partly or item.wrong else ""
    colour = ' color="#D00000"' if item.wrong else ""
    table = f'<table border="1" cellborder="0" cellspacing="0"{style}{colour}>{rows}</table>'
    tip = _quoted("\n".join(item.details))
    return f"item{i} [label=<{table}>, tooltip={tip}];"


def _row(section: Section) -> str:
    text = '<br align="center"/>'.join(map(_line, section.lines))
    return f'<tr><td bgcolor="{COLOURS[section.kind]}">{text}</td></tr>'


def _line(line: Line) -> str:
    text = escape(line.text)
    text = f"<b>{text}</b>" if line.style == "name" else text
    return f'<font point-size="{SIZES[line.style]:g}">{text}</font>'


def _quoted(text: str) -> str:
    r"""A string of the language; a line break is written \n, and nothing else is an escape."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + plain.replace("\n", "\\n") + '"'
