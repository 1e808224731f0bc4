"""NSSLoss against the loop of DSCLRCN."""

from __future__ import annotations

import pytest

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import close, drawn, run_layer


def test_minus_the_mean_over_the_fixations() -> None:
    x, fixations = drawn(2, 1, 3, 4), (drawn(2, 1, 3, 4, seed=1) > 0).float()
    total = 0.0
    for n in range(2):
        count = fixations[n].sum().item()
        seen = zip(x[n].flatten().tolist(), fixations[n].flatten().tolist(), strict=True)
        total -= sum(value * mark / count for value, mark in seen)
    close(run_layer("NSSLoss", "", x, fixations)[0], total / 2)


def test_maps_of_several_channels_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"both are to be \(N, 1, H, W\)"):
        run_layer("NSSLoss", "", drawn(2, 3, 2, 2), drawn(2, 3, 2, 2))
    with pytest.raises(ShapeError, match=r"both are to be \(N, 1, H, W\)"):
        run_layer("NSSLoss", "", drawn(2, 1, 2, 2), drawn(2, 1, 2, 3))
