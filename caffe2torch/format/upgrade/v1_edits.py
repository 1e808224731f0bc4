"""V1 layers become layers of the present format where they stand in the text."""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.format.text import Block, Document, Edit, Field, Scalar
from caffe2torch.format.upgrade import v1
from caffe2torch.format.upgrade.cuts import cuts, indent_of, with_line_ends

_LISTS = {"param": "name", "blob_share_mode": "share_mode", "blobs_lr": "lr_mult",
          "weight_decay": "decay_mult"}  # fmt: skip
"""V1's parallel lists, and the field of ParamSpec in which each of their values ends."""


def layer_edits(document: Document, block: Block) -> Iterator[Edit]:
    """Write the type as a string, and the four parallel lists as one param { } a parameter."""
    for field in block.all("type"):
        raw = document.text[field.value.start : field.value.end]
        if raw in v1.TYPES:
            yield Edit(field.value.start, field.value.end, f'"{v1.TYPES[raw]}"')
    listed = [f for f in block.fields if f.name in _LISTS]
    if not listed:
        return
    indent = indent_of(document, listed[0])
    text = with_line_ends(document, f"\n{indent}".join(_specs(listed)))
    yield Edit(listed[0].start, listed[0].value.end, text)
    yield from cuts(document, listed[1:])


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


def transform_fields(block: Block) -> list[Field]:
    """Fields among those of the data that belong to the transformation."""
    return [
        field
        for name in v1.DATA_PARAMS.values()
        for data in block.all(name)
        if isinstance(data.value, Block)
        for field in data.value.fields
        if field.name in v1.TRANSFORM_FIELDS
    ]


def transform_edits(document: Document, block: Block) -> Iterator[Edit]:
    """Move them to transform_param, which every data layer gets when one has such fields."""
    data = next((f for name in v1.DATA_PARAMS.values() if (f := block.find(name))), None)
    if data is None:
        return
    moved = transform_fields(block)
    yield from cuts(document, moved)
    words = " ".join(document.text[f.start : f.value.end] for f in moved)
    there = block.find("transform_param")
    if there is None:
        text = f"transform_param {{ {words} }}".replace("{  }", "{ }")
        new = f"\n{indent_of(document, data)}{text}"
        yield Edit(data.value.end, data.value.end, with_line_ends(document, new))
    elif words:
        yield Edit(there.value.end - 1, there.value.end - 1, f"{words} ")
