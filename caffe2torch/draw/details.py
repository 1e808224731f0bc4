"""What a drawing tells whoever points at something: all that the net file says of it."""

from __future__ import annotations

from collections.abc import Iterator

from google.protobuf import text_format

from caffe2torch import caffe_pb2 as pb
from caffe2torch.draw import lettering
from caffe2torch.draw.parts import Part
from caffe2torch.draw.wiring import Value, Vertex

MOST_LAYERS, MOST_LINES = 40, 40


def of_part(part: Part) -> Iterator[str]:
    """Lines on the layers of a box."""
    for vertex in part.vertices[:MOST_LAYERS] if part.blocks else part.vertices:
        if part.blocks:
            yield f"{lettering.visible(vertex.param.name)} ({lettering.visible(vertex.param.type)})"
        else:
            yield from _of_vertex(vertex)
    if part.blocks and len(part.vertices) > MOST_LAYERS:
        yield f"… {len(part.vertices) - MOST_LAYERS} more layers"


def _of_vertex(vertex: Vertex) -> Iterator[str]:
    param = vertex.param
    yield f"{lettering.visible(param.name)} ({lettering.visible(param.type)})"
    if vertex.refusal:
        yield f"does not build: {lettering.visible(vertex.refusal)}"
    for word, values in (("bottom", vertex.read), ("top", vertex.tops)):
        yield from (f"{word} {_named(value)}" for value in values)
    bare = pb.LayerParameter()
    bare.CopyFrom(param)
    for name in ("name", "type", "bottom", "top", "blobs"):
        bare.ClearField(name)
    text = text_format.MessageToString(bare, as_utf8=True).splitlines()
    yield from map(lettering.visible, text[:MOST_LINES])
    yield from ["…"] * (len(text) > MOST_LINES)


def of_value(value: Value) -> Iterator[str]:
    """Lines on a blob."""
    yield f"blob {_named(value)}"
    if value.maker:
        yield f"made by {lettering.visible(value.maker.param.name)}"
    for reader in value.readers:
        yield f"read by {lettering.visible(reader.param.name)}"


def _named(value: Value) -> str:
    shapes = {phase: "×".join(map(str, s)) or "scalar" for phase, s in value.shapes.items()}
    if len(set(shapes.values())) > 1:
        return f"{lettering.visible(value.name)} " + ", ".join(
            f"{p} {s}" for p, s in shapes.items()
        )
    return " ".join([lettering.visible(value.name), *set(shapes.values())])
