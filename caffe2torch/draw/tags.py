"""The tags on arrows: which blob, of which shape."""

from __future__ import annotations

from collections.abc import Container, Mapping

from caffe2torch.draw import lettering
from caffe2torch.draw.details import of_value
from caffe2torch.draw.picture import Item, Line, section
from caffe2torch.draw.wiring import Value
from caffe2torch.layers.base import Shape


def tag(value: Value, tail: int | None, known: Container[str] = ()) -> Item | None:
    """The tag of a value whose maker is box `tail`; None where it would say nothing new.

    known: names that stand in the box
    """
    name = lettering.label(value.name)
    shape = shape_text(value.shapes)
    if value.maker is None:
        text = f"{name}: nothing makes it"
    elif len(value.maker.tops) > 1:
        text = f"{name} {shape}".strip()
    else:
        text = shape or ("" if value.name in known else name)
    if not text:
        return None
    wrong = value.maker is None
    words = (lettering.visible(value.name),)
    details = tuple(of_value(value))
    return Item((section("blob", [Line(text, "tag")]),), words, details, tail, wrong=wrong)


def shape_text(shapes: Mapping[str, Shape]) -> str:
    """The shape of a blob: 64×3×28×28; 64/100×3×28×28 where the phases differ; "" if unknown."""
    known = list(dict.fromkeys(shapes.values()))
    if not known:
        return ""
    if len({len(shape) for shape in known}) > 1:
        return " / ".join(map(_one, known))
    dims = [dict.fromkeys(column) for column in zip(*known, strict=True)]
    return "×".join("/".join(map(str, dim)) for dim in dims) or "scalar"


def _one(shape: Shape) -> str:
    return "×".join(map(str, shape)) or "scalar"
