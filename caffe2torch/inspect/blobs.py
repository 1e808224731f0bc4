"""Arrays by layer as a table, and which of them are not finite."""

from __future__ import annotations

from typing import Any

from caffe2torch.inspect.report import Table
from caffe2torch.inspect.values import number, times

Layers = list[dict[str, Any]]
"""Each with "name", "type" and "blobs": a shape and statistics, or None for a shared one."""


def table(layers: Layers) -> Table:
    """One row a blob; the layer's name and type stand in its first row only."""
    rows = []
    for layer in layers:
        for i, blob in enumerate(layer["blobs"]):
            first = (layer["name"], layer["type"]) if i == 0 else ("", "")
            if blob is None:
                rows.append((*first, str(i), "shared", "", "", "", ""))
                continue
            cells = [number(blob[key]) for key in ("mean", "std", "min", "max")]
            rows.append((*first, str(i), times(blob["shape"]), *cells))
    return Table(("layer", "type", "blob", "shape", "mean", "std", "min", "max"), rows, left=4)


def faults(layers: Layers) -> list[str]:
    """One line for each blob with numbers that are not finite."""
    found = []
    for layer in layers:
        for i, blob in enumerate(layer["blobs"]):
            if blob and (blob["nan"] or blob["inf"]):
                what = f"{blob['nan']:,} NaN and {blob['inf']:,} infinite"
                found.append(f"layer {layer['name']!r}, blob {i}: {what} of {blob['count']:,}")
    return found
