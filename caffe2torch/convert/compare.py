"""How far two results of one net are apart."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor


def difference(found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> float:
    """The largest difference of any output, relative to the largest value of it if above 1.

    Infinite where shapes differ, a blob is missing, or one side alone is no number.
    """
    return max((apart(found.get(blob), value) for blob, value in expected.items()), default=0.0)


def apart(found: Tensor | None, expected: Tensor) -> float:
    """The largest difference of two tensors, relative to the largest expected value above 1."""
    if found is None or found.shape != expected.shape:
        return float("inf")
    a, b = found.detach().double(), expected.detach().double()
    same = (a == b) | (a.isnan() & b.isnan())
    gap = torch.where(same, 0.0, (a - b).abs()).nan_to_num(float("inf"))
    finite = b[b.isfinite()].abs()
    scale = max(1.0, float(finite.max())) if finite.numel() else 1.0
    return float(gap.max()) / scale if gap.numel() else 0.0


def told(value: float) -> str:
    """The difference in words."""
    return "same outputs as the graph" if value == 0 else f"outputs within {value:.1e} of the graph"
