"""What is written in the box of a part, on the tags of arrows, and for whoever points at them."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

from google.protobuf import text_format

from caffe2torch import caffe_pb2 as pb
from caffe2torch.draw import lettering, summary
from caffe2torch.draw.kinds import kind
from caffe2torch.draw.parts import Part
from caffe2torch.draw.picture import Item, Line, Section, section
from caffe2torch.draw.wiring import Value, Vertex
from caffe2torch.layers.base import Shape
from caffe2torch.terminal import printable

# Of a box in the details of whoever points at it.
MOST_LAYERS, MOST_LINES = 40, 40


def box(part: Part, net_phases: frozenset[str]) -> Item:
    """The box of a part; net_phases are the states that are drawn."""
    sections = _stack(part) if part.blocks else _chain(part, net_phases)
    words = [w for v in part.vertices for w in (v.param.name, v.param.type)]
    return Item(
        sections=(*sections, *_results(part)),
        words=tuple(dict.fromkeys(map(printable, words))),
        details=tuple(part_details(part)),
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
    words = [_type(head), *summary.parts(head.param)[:4]]
    folded = [f"+ {_type(v)}" for v in rest]
    text = [*lettering.lines(words, longest=40), *lettering.lines(folded, " ", 40)]
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


def _results(part: Part) -> Iterator[Section]:
    """The results that nobody reads, with their shapes: they have no arrow to stand on."""
    ends = [value for value in part.outputs() if not value.readers]
    if ends:
        lines = [f"→ {lettering.label(v.name)}: {shapes_text(v.shapes) or '?'}" for v in ends[:4]]
        lines += [f"… {len(ends) - 4} more"] * (len(ends) > 4)
        yield section("blob", [Line(line) for line in lines])


def tag(value: Value, tail: int | None, known: Container[str] = ()) -> Item | None:
    """The tag of a value whose maker is box `tail`; None where it would say nothing new.

    known: names that stand in the box
    """
    name = lettering.label(value.name)
    shape = shapes_text(value.shapes)
    if value.maker is None:
        text = f"{name}: nothing makes it"
    elif len(value.maker.tops) > 1:
        text = f"{name} {shape}".strip()
    else:
        text = shape or ("" if value.name in known else name)
    if not text:
        return None
    wrong = value.maker is None
    words = (printable(value.name),)
    details = tuple(blob_details(value))
    return Item((section("blob", [Line(text, "tag")]),), words, details, tail, wrong=wrong)


def shapes_text(shapes: Mapping[str, Shape]) -> str:
    """The shape of a blob: 64×3×28×28; 64/100×3×28×28 where the phases differ; "" if unknown."""
    known = list(dict.fromkeys(shapes.values()))
    if not known:
        return ""
    if len({len(shape) for shape in known}) > 1:
        return " / ".join(map(_dims, known))
    dims = [dict.fromkeys(column) for column in zip(*known, strict=True)]
    return "×".join("/".join(map(str, dim)) for dim in dims) or "scalar"


def _dims(shape: Shape) -> str:
    return "×".join(map(str, shape)) or "scalar"


def part_details(part: Part) -> Iterator[str]:
    """Lines on the layers of a box."""
    for vertex in part.vertices[:MOST_LAYERS] if part.blocks else part.vertices:
        if part.blocks:
            yield f"{printable(vertex.param.name)} ({printable(vertex.param.type)})"
        else:
            yield from _layer_details(vertex)
    if part.blocks and len(part.vertices) > MOST_LAYERS:
        yield f"… {len(part.vertices) - MOST_LAYERS} more layers"


def _layer_details(vertex: Vertex) -> Iterator[str]:
    param = vertex.param
    yield f"{printable(param.name)} ({printable(param.type)})"
    if vertex.refusal:
        yield f"does not build: {printable(vertex.refusal)}"
    for word, values in (("bottom", vertex.read), ("top", vertex.tops)):
        yield from (f"{word} {_name_and_shapes(value)}" for value in values)
    bare = pb.LayerParameter()
    bare.CopyFrom(param)
    for name in ("name", "type", "bottom", "top", "blobs"):
        bare.ClearField(name)
    text = text_format.MessageToString(bare, as_utf8=True).splitlines()
    yield from map(printable, text[:MOST_LINES])
    yield from ["…"] * (len(text) > MOST_LINES)


def blob_details(value: Value) -> Iterator[str]:
    """Lines on a blob."""
    yield f"blob {_name_and_shapes(value)}"
    if value.maker:
        yield f"made by {printable(value.maker.param.name)}"
    for reader in value.readers:
        yield f"read by {printable(reader.param.name)}"


def _name_and_shapes(value: Value) -> str:
    shapes = {phase: "×".join(map(str, s)) or "scalar" for phase, s in value.shapes.items()}
    if len(set(shapes.values())) > 1:
        return f"{printable(value.name)} " + ", ".join(f"{p} {s}" for p, s in shapes.items())
    return " ".join([printable(value.name), *set(shapes.values())])
