"""The names of classes, as labels.txt and the labelmaps of SSD hold them."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from caffe2torch import inputs
from caffe2torch.errors import DataError
from caffe2torch.format import schema

LAYOUT = "\n\r\t\f"
"""Characters without a shape that a text has nevertheless."""


def read_class_names(path: Path) -> list[str]:
    """Names of classes: a line each, or an SSD labelmap prototxt.

    Raises: DataError if it names none, or is no text; SchemaError; OSError.
    """
    if path.suffix == ".prototxt":
        labels: dict[int, str] = {}
        for item in schema.read(path, "LabelMap").message.item:
            labels[item.label] = item.display_name or item.name
        return [labels.get(k, f"class {k}") for k in range(max(labels, default=-1) + 1)]
    text = inputs.read_text(path, "replace")
    hint = "write a name a line, class 0 first"
    if any(unicodedata.category(c) == "Cc" and c not in LAYOUT for c in set(text)):
        raise DataError(f"{path} is no text, and should name classes", hint=hint)
    if not text.strip():
        raise DataError(f"{path} names no class", hint=hint)
    return [line.strip() for line in text.rstrip("\n").split("\n")]
