"""SpatialDropout: what it drops, and when."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes

TEXT = "dropout_param { dropout_ratio: 0.25 }"


def test_whole_channels_go_in_train() -> None:
    torch.manual_seed(0)
    x = torch.ones(40, 50, 2, 3, requires_grad=True)
    (y,) = run_layer("SpatialDropout", TEXT, x)
    first = y[:, :, :1, :1]
    assert torch.equal(y, first.expand_as(y))
    assert sorted(y.unique().tolist()) == pytest.approx([0, 4 / 3])
    assert y.mean().item() == pytest.approx(1, abs=0.05)
    y.sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, y.detach())


def test_nothing_goes_in_test() -> None:
    x = torch.randn(2, 3, 4, 5)
    (y,) = run_layer("SpatialDropout", TEXT, x, phase="TEST")
    assert torch.equal(y, x)


def test_the_phase_of_the_layer_wins() -> None:
    x = torch.randn(2, 3, 4, 5)
    (y,) = run_layer("SpatialDropout", f"{TEXT} phase: TEST", x)
    assert torch.equal(y, x)
    (y,) = run_layer("SpatialDropout", f"{TEXT} phase: TRAIN", torch.ones(9, 9, 1), phase="TEST")
    assert 0 in y


@pytest.mark.parametrize("ratio", [0, 1])
def test_ratios_that_are_refused(ratio: int) -> None:
    with pytest.raises(ShapeError, match="dropout_ratio"):
        top_shapes("SpatialDropout", f"dropout_param {{ dropout_ratio: {ratio} }}", [(2, 3)])
