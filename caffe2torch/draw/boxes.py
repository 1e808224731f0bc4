"""What is written into the box of a part."""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.draw import lettering, summary
from caffe2torch.draw.details import of_part
from caffe2torch.draw.kinds import kind
from caffe2torch.draw.parts import Part
from caffe2torch.draw.picture import Item, Line, Section, section
from caffe2torch.draw.tags import shape_text
from caffe2torch.draw.wiring import Vertex


def box(part: Part, net_phases: frozenset[str]) -> Item:
    """The box of a part; net_phases are the states that are drawn."""
    sections = _stack(part) if part.blocks else _chain(part, net_phases)
    words = [w for v in part.vertices for w in (v.param.name, v.param.type)]
    return Item(
        sections=(*sections, *_ends(part)),
        words=tuple(dict.fromkeys(map(lettering.visible, words))),
        details=tuple(of_part(part)),
        stack=bool(part.blocks),
        wrong=any(v.refusal for v in part.vertices),
        partly=part.vertices[0].phases != net_phases,
    )


def _chain(part: Part, net_phases: frozenset[str]) -> Iterator[Section]:
    """The first layer, and below it the in-place layers that continue it."""
    head, *rest = part.vertices
    lines = [Line(lettering.label(head.param.name), "name"), Line(_type(head))]
    lines += [Line(text) for text in lettering.lines(summary.parts(head.param))]
    lines += [Line(note, "note") for note in _remarks(head, net_phases)]
    yield section(kind(head), lines)
    if rest:
        yield section("in place", [line for v in rest for line in _folded(v, head)])


def _folded(vertex: Vertex, head: Vertex) -> Iterator[Line]:
    yield Line(f"+ {lettering.label(vertex.param.name)} ({_type(vertex)})")
    yield from map(Line, lettering.lines(summary.parts(vertex.param)[:3]))
    yield from (Line(note, "note") for note in _remarks(vertex, head.phases))


def _type(vertex: Vertex) -> str:
    return summary.type_text(vertex.param)


def _remarks(vertex: Vertex, around: frozenset[str]) -> Iterator[str]:
    if vertex.refusal:
        yield "does not build"
    if vertex.assumed:
        yield "shape assumed"
    if vertex.phases != around:
        stages = [s for rule in vertex.param.include for s in rule.stage]
        only = "/".join(sorted(vertex.phases, reverse=True)) or ", ".join(stages) or "other states"
        yield f"{lettering.label(only, 24)} only"


def _stack(part: Part) -> Iterator[Section]:
    """The names of the first and the last block, how many, and what one block consists of."""
    first, last = part.blocks[0], part.blocks[-1]
    names = f"{lettering.label(block_name(first), 30)} … {lettering.label(block_name(last), 30)}"
    yield section("stack", [Line(f"{names}  ×{len(part.blocks)}", "name")])
    for inner in first:
        yield section(kind(inner.vertices[0]), _brief(inner))


def _brief(part: Part) -> list[Line]:
    head, *rest = part.vertices
    said = [_type(head), *summary.parts(head.param)[:4]]
    folded = [f"+ {_type(v)}" for v in rest]
    text = [*lettering.lines(said, longest=40), *lettering.lines(folded, " ", 40)]
    return [Line(line) for line in text]


def block_name(block: list[Part]) -> str:
    """What the names of a block's layers share, up to a boundary between words."""
    names = [part.vertices[0].param.name for part in block]
    shared = names[0]
    while shared and not all(_begins(name, shared) for name in names):
        shared = shared[:-1]
    return shared.rstrip("_-/. ") or names[0]


def _begins(name: str, start: str) -> bool:
    """Whether a name begins with these words."""
    rest = name[len(start) :]
    return name.startswith(start) and not (rest[:1].isalnum() and start[-1].isalnum())


def _ends(part: Part) -> Iterator[Section]:
    """The results that nobody reads, with their shapes: they have no arrow to stand on."""
    ends = [value for value in part.outputs() if not value.readers]
    if ends:
        lines = [f"→ {lettering.label(v.name)}: {shape_text(v.shapes) or '?'}" for v in ends[:4]]
        lines += [f"… {len(ends) - 4} more"] * (len(ends) > 4)
        yield section("blob", [Line(line) for line in lines])
