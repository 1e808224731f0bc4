"""Where a field of a layer stands in a file of an older format.

A net is upgraded when it is read, and rules name the fields of the present format; edits go into
the text as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from caffe2torch.format.text import Block, Document

if TYPE_CHECKING:
    from caffe2torch.format.upgrade import Net

_MULTIPLIER = re.compile(r"param\[(\d+)\]\.(lr_mult|decay_mult)")
_OLD_NAMES = {"lr_mult": "blobs_lr", "decay_mult": "weight_decay"}
_OTHER = re.compile(r"(param|type|phase)\b")
"""Fields of the present format that have another form, or none, in the one of 2014."""

_HOLDERS = ("data_param", "image_data_param", "window_data_param")
"""Where the fields of transform_param stood until 2014."""


def is_old(document: Document) -> bool:
    """Whether the file holds layers { } instead of layer { }."""
    return bool(document.root.all("layers"))


def is_nested(block: Block) -> bool:
    """Whether this is a layer of the oldest format: layers { layer { } }."""
    return block.find("layer") is not None


def path(net: Net, index: int, wanted: str) -> str:
    """The path of a layer's field in the file's own format, "" where it has none.

    wanted: as in the present format, such as "param[0].lr_mult"
    """
    block, document = net.origins[index], net.document
    if document is None or block is None or not is_old(document):
        return wanted
    if is_nested(block):
        return ""
    holder, _, name = wanted.partition(".")
    if holder == "transform_param":
        return next((f"{old}.{name}" for old in _HOLDERS if _holds(block, old, name)), wanted)
    multiplier = _MULTIPLIER.fullmatch(wanted)
    if multiplier is None:
        return "" if _OTHER.match(wanted) else wanted
    name, at = _OLD_NAMES[multiplier[2]], int(multiplier[1])
    return f"{name}[{at}]" if len(block.all(name)) > at else ""


def _holds(block: Block, holder: str, name: str) -> bool:
    field = block.find(holder)
    inner = field.value if field is not None else None
    return isinstance(inner, Block) and inner.find(name) is not None
