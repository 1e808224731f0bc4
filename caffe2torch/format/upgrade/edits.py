"""The upgrade as edits of the text, so that comments and layout stay.

Only what can be said in place: the fields of V1 layers, `input` fields, BatchNorm's multipliers,
`solver_type`. `rewrite` checks what comes out against the upgraded message, and writes it anew
where it differs, as for V0 layers.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch import caffe_pb2 as pb
from caffe2torch.format import schema
from caffe2torch.format.text import BOM, Block, Document, Edit, Field
from caffe2torch.format.upgrade import v1_edits
from caffe2torch.format.upgrade.cuts import cuts, indent_of, with_line_ends

_INPUT = ("input", "input_shape", "input_dim")


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
        v1_edits.transform_fields(f.value)
        for f in layers
        if f.name == "layers" and isinstance(f.value, Block)
    )
    for field in layers:
        assert isinstance(field.value, Block)
        if field.name == "layers":
            yield Edit(field.start, field.end, "layer")
            yield from v1_edits.layer_edits(document, field.value)
            if moves:
                yield from v1_edits.transform_edits(document, field.value)
        elif field.name == "layer":
            yield from _batch_norm_edits(document, field.value)


def _input_edits(document: Document, message: pb.NetParameter) -> Iterator[Edit]:
    fields = [f for f in document.root.fields if f.name in _INPUT]
    if not any(f.name == "input" for f in fields):
        return
    yield from cuts(document, fields)
    if any(f.name != "input" for f in fields):
        layer = schema.to_text(pb.NetParameter(layer=message.layer[:1]))
        place = min(f.start for f in document.root.fields if f.name in (*_INPUT, "layer", "layers"))
        start = document.text.rfind("\n", 0, place) + 1
        start += start == 0 and document.text.startswith(BOM)
        yield Edit(start, start, with_line_ends(document, layer))


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
            gap = f"\n{indent_of(document, last)}"
    return Edit(at, at, with_line_ends(document, "".join(gap + field for field in fields)))


def _number(field: Field) -> float:
    try:
        return float(getattr(field.value, "raw", ""))
    except ValueError:
        return 1.0  # such as 0f, which C knows and Python does not
