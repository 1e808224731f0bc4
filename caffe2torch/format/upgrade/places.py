"""Where the text of an old or present layer writes a field of the upgraded layer."""

from __future__ import annotations

import re

from caffe2torch.format.text import Block, Field
from caffe2torch.format.upgrade import v0
from caffe2torch.format.upgrade.v1 import DATA_PARAMS, TRANSFORM_FIELDS

_V0_NAMES = {new: old for old, (new, _) in reversed(v0.FIELDS.items()) if new}
_V1_NAMES = {"lr_mult": "blobs_lr", "decay_mult": "weight_decay", "share_mode": "blob_share_mode"}


def locate(block: Block, path: str) -> Field | None:
    """Return the field that a dotted path such as "param[1].lr_mult" names, or the deepest part
    of it that is written; None if not even its first part is.
    """
    current = _follow(block, path)
    if current and current[1]:
        return current[0]
    for other in _old_paths(block, path):
        old = _follow(*other)
        if old and old[1]:
            return old[0]
    return current[0] if current else None


def _follow(block: Block, path: str) -> tuple[Field, bool] | None:
    """Follow a path; return the deepest field found and whether it is the whole path."""
    at: Field | None = None
    for part in path.split("."):
        match = re.fullmatch(r"(\w+)(?:\[(\d+)\])?", part)
        inner = block if at is None else at.value
        field = None
        if match and isinstance(inner, Block):
            field = inner.find(match[1], int(match[2] or 0))
        if field is None:
            return (at, False) if at else None
        at = field
    return (at, True) if at else None


def _old_paths(block: Block, path: str) -> list[tuple[Block, str]]:
    """Return where V0 and V1 files may write what the present format calls `path`."""
    first, _, last = path.partition(".")
    index = first[first.find("[") :] if "[" in first else ""
    places = []
    if last in _V1_NAMES:
        places.append((block, _V1_NAMES[last] + index))
    if last in TRANSFORM_FIELDS:
        places += [(block, f"{data}.{last}") for data in DATA_PARAMS.values()]
    inner = block.find("layer")
    if inner is not None and isinstance(inner.value, Block):
        name = last.partition(".")[0] or first
        names = (_V1_NAMES.get(last, ""), _V0_NAMES.get(name, ""), name)
        places += [(inner.value, old + index) for old in names if old]
    return places
