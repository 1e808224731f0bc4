"""What the monitor measured, layer by layer, as maps of layers against iterations."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from caffe2torch.report.record import HeatMap

MOST = 40
"""Columns of a map; of more measurements, evenly spread ones are shown."""
KINDS = (
    ("norms", "gradient", "Gradient: root mean square"),
    ("norms", "step", "Update: size of a step as a share of the weights"),
    ("activations", "std", "Activations: standard deviation"),
    ("activations", "zeros", "Activations: share of zeros"),
)
"""List in an event, field, title."""


def heat_maps(measurements: Iterable[Mapping[str, Any]]) -> list[HeatMap]:
    """Return a map for each kind that was measured twice or more."""
    events = list(measurements)
    maps = []
    for group, field, title in KINDS:
        columns = {e["iteration"]: _values(e, group, field) for e in events if e.get(group)}
        shown = spread(sorted(columns))
        layers = dict.fromkeys(layer for i in sorted(columns) for layer in columns[i])
        if len(shown) > 1 and layers:
            rows = {layer: [columns[i].get(layer, math.nan) for i in shown] for layer in layers}
            maps.append(HeatMap(title, shown, rows))
    return maps


def spread(iterations: list[int]) -> list[int]:
    """Return at most MOST of the iterations, the first and the last among them."""
    count = len(iterations)
    if count <= MOST:
        return iterations
    return [iterations[round(i * (count - 1) / (MOST - 1))] for i in range(MOST)]


def _values(event: Mapping[str, Any], group: str, field: str) -> dict[str, float]:
    """Return layer -> value of one measurement; what another program wrote is passed over."""
    rows = [row for row in event[group] if isinstance(row, dict)]
    return {
        str(row["layer"]): float(row[field])
        for row in rows
        if "layer" in row and isinstance(row.get(field), int | float)
    }
