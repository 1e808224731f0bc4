"""DiceCoefLoss against a naive loop; test_examples holds its gradient against differences."""

from __future__ import annotations

import pytest

from caffe2torch.errors import UnsupportedError
from tests.layers.one_layer import drawn, run_layer


def test_dice_coef_loss() -> None:
    a, b = drawn(3, 2, 4), drawn(3, 8, seed=1)
    total = 0.0
    for n in range(3):
        first, second = a[n].flatten().tolist(), b[n].tolist()
        both = 1 + 2 * sum(u * v for u, v in zip(first, second, strict=True))
        total += both / (1 + sum(u * u for u in first) + sum(v * v for v in second))
    (loss,) = run_layer("DiceCoefLoss", "", a, b)
    assert loss.item() == pytest.approx(1 - total / 3, rel=1e-5)
    with pytest.raises(UnsupportedError, match="dice_coef_loss_param"):
        run_layer("DiceCoefLoss", "dice_coef_loss_param { }", a, b)
