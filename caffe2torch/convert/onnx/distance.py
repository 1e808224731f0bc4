"""How far what an engine gives is from what was expected."""

from __future__ import annotations

import numpy as np

from caffe2torch.convert.runtimes import Array


def matched(rows: Array, expected: Array) -> Array:
    """Rows (K, 7) in the order in which they are nearest to the expected ones.

    Of detections whose scores are the same but for rounding, either may come first.
    """
    if rows.shape != expected.shape:
        return rows
    left, order = list(range(len(rows))), []
    for row in expected:
        gaps = np.abs(rows[left] - row).max(axis=1)
        order.append(left.pop(int(np.nan_to_num(gaps, nan=np.inf).argmin())))
    return rows[order]


def distance(result: Array, expected: Array) -> float:
    """The largest difference as a share of the largest finite expected value.

    Infinite where the numbers of values differ, or one side alone is no number.
    """
    if result.size != expected.size:
        return float("inf")
    a, b = result.astype(np.float64).ravel(), expected.astype(np.float64).ravel()
    if not b.size:
        return 0.0
    with np.errstate(invalid="ignore"):
        gap = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, np.abs(a - b))
    finite = np.abs(b[np.isfinite(b)])
    scale = float(finite.max(initial=0.0)) or 1.0
    return float(np.nan_to_num(gap, nan=np.inf).max()) / scale
