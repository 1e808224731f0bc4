"""The upgrade as edits of the text, so that comments and layout stay.

Only what can be said in place: the fields of V1 layers, `input` fields, BatchNorm's multipliers,
`solver_type`. `rewrite` checks what comes out against the upgraded message, and writes it anew
where it differs, as for V0 layers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from caffe2torch import caffe_pb2 as pb
from caffe2torch import schema
from caffe2torch.text import BOM, Block, Document, Edit, Field, Scalar
from caffe2torch.upgrade import v1

_INPUT = ("input", "input_shape", "input_dim")
_LISTS = {"param": "name", "blob_share_mode": "share_mode", "blobs_lr": "lr_mult",
          "weight_decay": "decay_mult"}  # fmt: skip
"""V1's parallel lists, and the field of ParamSpec in which each of their values ends."""
_SEPARATOR = re.compile(r"[ \t]*[,;]?")


def solver_edits(document: Document, message: pb.SolverParameter) -> Iterator[Edit]:
    """Turn solver_type: ADAM into type: "Adam"."""
    for field in document.root.all("solver_type"):
        yield Edit(field.start, field.end, "type")
        yield Edit(field.value.start, field.value.end, f'"{message.type}"')


def net_edits(document: Document, message: pb.NetParameter) -> Iterator[Edit]:
    """Bring V1 layers, input fields and BatchNorm's params to the present format.

    message: the upgraded net.
    """
    root = document.root
    yield from _input_edits(document, message)
    layers = [f for f in root.fields if isinstance(f.value, Block)]
    moves = any(
        _transform_fields(f.value)
        for f in layers
        if f.name == "layers" and isinstance(f.value, Block)
    )
    for field in layers:
        assert isinstance(field.value, Block)
        if field.name == "layers":
            yield Edit(field.start, field.end, "layer")
            yield from _v1_edits(document, field.value)
            if moves:
                yield from _transform_edits(document, field.value)
        elif field.name == "layer":
            yield from _batch_norm_edits(document, field.value)


def _input_edits(document: Document, message: pb.NetParameter) -> Iterator[Edit]:
    fields = [f for f in document.root.fields if f.name in _INPUT]
    if not any(f.name == "input" for f in fields):
        return
    for field in fields:
        yield _cut(document, field)
    if any(f.name != "input" for f in fields):
        layer = schema.to_text(pb.NetParameter(layer=message.layer[:1]))
        place = min(f.start for f in document.root.fields if f.name in (*_INPUT, "layer", "layers"))
        start = document.text.rfind("\n", 0, place) + 1
        start += start == 0 and document.text.startswith(BOM)
        yield Edit(start, start, _lines(document, layer))


def _v1_edits(document: Document, block: Block) -> Iterator[Edit]:
    for field in block.all("type"):
        raw = document.text[field.value.start : field.value.end]
        if raw in v1.TYPES:
            yield Edit(field.value.start, field.value.end, f'"{v1.TYPES[raw]}"')
    listed = [f for f in block.fields if f.name in _LISTS]
    if not listed:
        return
    indent = _indent(document, listed[0])
    text = _lines(document, f"\n{indent}".join(_specs(listed)))
    yield Edit(listed[0].start, listed[0].value.end, text)
    yield from (_cut(document, field) for field in listed[1:])


def _specs(listed: list[Field]) -> list[str]:
    """The i-th values of the four lists, as the i-th ParamSpec."""
    specs: list[list[str]] = []
    for old, new in _LISTS.items():
        values = [f.value for f in listed if f.name == old]
        for i, value in enumerate(values):
            while len(specs) <= i:
                specs.append([])
            if isinstance(value, Scalar):
                specs[i].append(f"{new}: {value.raw}")
    return [f"param {{ {' '.join(spec)} }}" for spec in specs]


def _transform_fields(block: Block) -> list[Field]:
    """Fields among those of the data that belong to the transformation."""
    return [
        field
        for name in v1.DATA_PARAMS.values()
        for data in block.all(name)
        if isinstance(data.value, Block)
        for field in data.value.fields
        if field.name in v1.TRANSFORM_FIELDS
    ]


def _transform_edits(document: Document, block: Block) -> Iterator[Edit]:
    """Move them to transform_param, which every data layer gets when one has such fields."""
    data = next((f for name in v1.DATA_PARAMS.values() if (f := block.find(name))), None)
    if data is None:
        return
    moved = _transform_fields(block)
    yield from (_cut(document, field) for field in moved)
    words = " ".join(document.text[f.start : f.value.end] for f in moved)
    there = block.find("transform_param")
    if there is None:
        text = f"transform_param {{ {words} }}".replace("{  }", "{ }")
        new = f"\n{_indent(document, data)}{text}"
        yield Edit(data.value.end, data.value.end, _lines(document, new))
    elif words:
        yield Edit(there.value.end - 1, there.value.end - 1, f"{words} ")


def _batch_norm_edits(document: Document, block: Block) -> Iterator[Edit]:
    kind, specs = block.find("type"), block.all("param")
    if kind is None or len(specs) != 3 or "BatchNorm" not in getattr(kind.value, "raw", ""):
        return
    for spec in specs:
        if not isinstance(spec.value, Block):
            continue
        for name in ("lr_mult", "decay_mult"):
            field = spec.value.find(name)
            if field is not None and _number(field):
                yield Edit(field.value.start, field.value.end, "0")
        missing = [n for n in ("lr_mult", "decay_mult") if spec.value.find(n) is None]
        if missing:
            yield _added(document, spec.value, [f"{name}: 0" for name in missing])


def _added(document: Document, block: Block, fields: list[str]) -> Edit:
    """Add fields behind the last one, each on its line if the block has lines."""
    last = block.fields[-1] if block.fields else None
    gap, at = " ", block.open + 1
    if last is not None:
        at = last.value.end
        if "\n" in document.text[block.open : block.end]:
            gap = f"\n{_indent(document, last)}"
    return Edit(at, at, _lines(document, "".join(gap + field for field in fields)))


def _number(field: Field) -> float:
    try:
        return float(getattr(field.value, "raw", ""))
    except ValueError:
        return 1.0  # such as 0x0: to be written as people do


def _cut(document: Document, field: Field) -> Edit:
    """Remove a field, and its line if nothing else is on it."""
    text = document.text
    match = _SEPARATOR.match(text, field.value.end)
    end = match.end() if match else field.value.end
    line = text.rfind("\n", 0, field.start) + 1
    behind = re.compile(r"[ \t\r]*(?:\n|\Z)").match(text, end)
    if behind and not text[line : field.start].strip(" \t" + BOM):
        return Edit(line + (text.startswith(BOM) and line == 0), behind.end(), "")
    blanks = re.compile(r"[ \t]*").match(text, end)
    return Edit(field.start, blanks.end() if blanks else end, "")


def _indent(document: Document, field: Field) -> str:
    line = document.text.rfind("\n", 0, field.start) + 1
    match = re.compile(r"[ \t]*").match(document.text, line)
    return match[0] if match else ""


def _lines(document: Document, text: str) -> str:
    """Line ends as the document has them."""
    return text.replace("\n", "\r\n") if "\r\n" in document.text else text
