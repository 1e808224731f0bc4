"""MaskPooling: values and gradient."""

from __future__ import annotations

import torch

from tests.layers.one_layer import run_layer


def test_every_channel_is_masked() -> None:
    x, mask = torch.randn(2, 3, 2, 2), torch.tensor([[0.0, 1, 2, 3]] * 2).reshape(2, 1, 2, 2)
    (y,) = run_layer("MaskPooling", "", x, mask)
    for c in range(3):
        assert torch.equal(y[:, c], x[:, c] * mask[:, 0])
