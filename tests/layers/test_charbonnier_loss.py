"""CharbonnierLoss against a naive loop; test_examples holds its gradient against differences."""

from __future__ import annotations

import pytest

from tests.layers.one_layer import drawn, run_layer


@pytest.mark.parametrize("masked", [False, True])
def test_charbonnier_loss(masked: bool) -> None:
    x, mask = drawn(2, 3, 4, 5), (drawn(2, 3, 4, 5, seed=1) > 0).float()
    total = 0.0
    for value, on in zip(x.flatten().tolist(), mask.flatten().tolist(), strict=True):
        total += (on if masked else 1) * ((2 * value) ** 2 + 0.01) ** 0.4
    total /= 2 * (mask.sum().item() if masked else 4 * 5)
    text = "charbonnier_loss_param { alpha: 0.4 beta: 2 epsilon: 0.1 }"
    (loss,) = run_layer("CharbonnierLoss", text, x, *([mask] if masked else []))
    assert loss.shape == (1, 1, 1, 1) and loss.item() == pytest.approx(total, rel=1e-5)
