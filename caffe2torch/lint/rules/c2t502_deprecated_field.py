"""A field that Caffe keeps only for old files.

What it does: looks for concat_dim, slice_dim, loss_param.normalize, the four sizes of DummyData and
share_in_parallel, in layers of the present format.

Why: they work, but each has a successor that says more: normalize: false is BATCH_SIZE and true is
VALID, concat_dim cannot count from the end. Given together with their successors they are refused
or ignored. An info. (rand_skip and fields that have no effect at all: C2T120.)
Source: Caffe src/caffe/proto/caffe.proto, the fields marked deprecated.

Bad::

    concat_param { concat_dim: 1 }

Good::

    concat_param { axis: 1 }

Fix: the successor with the same value. Safe: it means the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from caffe2torch.format.text import Block, Field
from caffe2torch.format.upgrade import Net
from caffe2torch.lint import fix, naming
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "info"
RANK = 92

SUCCESSORS = {
    "concat_param.concat_dim": "axis",
    "slice_param.slice_dim": "axis",
    "loss_param.normalize": "normalization",
}
PLAIN = {
    "dummy_data_param.num": "shape { dim: ... }",
    "python_param.share_in_parallel": "nothing: it has no effect any more",
}


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding a field and file, for all layers that have it."""
    for net in c.nets:
        if net.document is None or net.message.layers or net.document.root.find("layers"):
            continue
        for path in (*SUCCESSORS, *PLAIN):
            where = [i for i in range(len(net.message.layer)) if _written(net, i, path)]
            if where:
                yield _finding(net, path, where)


def _written(net: Net, index: int, path: str) -> Field | None:
    outer, _, name = path.partition(".")
    block = net.origins[index]
    holder = block.find(outer) if block else None
    return holder.value.find(name) if holder and isinstance(holder.value, Block) else None


def _finding(net: Net, path: str, where: list[int]) -> Finding:
    new = SUCCESSORS.get(path)
    edits = [edit for i in where for edit in _edits(net, i, path, new)] if new else []
    count = f" in {naming.counted(where)}" if len(where) > 1 else ""
    layer = net.message.layer[where[0]]
    return Finding(
        f'layer "{layer.name}": {path} is kept only for old files{count}',
        net.span(where[0], path),
        hint=f"write {path.partition('.')[0]}.{new}" if new else f"write {PLAIN[path]}",
        fix=Fix(f"{path} → {new}", tuple(edits), safe=True) if edits else None,
        about=path,
    )


def _edits(net: Net, index: int, path: str, new: str | None) -> list[FileEdit]:
    """The successor in the field's place; none if the successor is written too."""
    outer = path.partition(".")[0]
    field, param = _written(net, index, path), getattr(net.message.layer[index], outer)
    if field is None or new is None or param.HasField(new) or net.document is None:
        return []
    value = _value(path, param)
    return [FileEdit(net.document.file, field.start, field.value.end, f"{new}: {value}")]


def _value(path: str, param: Any) -> str:
    if path == "loss_param.normalize":
        return "VALID" if param.normalize else "BATCH_SIZE"
    return fix.number(getattr(param, path.partition(".")[2]))
