"""Scatter hands its bottoms on."""

from __future__ import annotations

import torch

from tests.layers.one_layer import run_layer


def test_each_top_is_its_bottom() -> None:
    a, b = torch.randn(2, 3), torch.randn(4)
    tops = run_layer("Scatter", "", a, b, tops=2)
    assert torch.equal(tops[0], a)
    assert torch.equal(tops[1], b)
