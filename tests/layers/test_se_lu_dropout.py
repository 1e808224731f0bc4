"""SeLuDropout keeps the mean 0 and the variance 1 of what it drops from."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from caffe2torch.format.upgrade import parse_net
from tests.layers.one_layer import run_layer, top_shapes

ALPHA = -1.75809934


def test_values_and_gradient_in_train() -> None:
    torch.manual_seed(0)
    x = torch.ones(500, requires_grad=True)
    (y,) = run_layer("SeLuDropout", "selu_dropout_param { dropout_ratio: 0.2 }", x)
    scale = (0.8 * (1 + ALPHA**2 * 0.2)) ** -0.5
    shift = -scale * 0.2 * ALPHA
    kept, dropped = scale + shift, ALPHA * scale + shift
    assert sorted(y.unique().tolist()) == pytest.approx([dropped, kept], rel=1e-5)
    y.sum().backward()
    assert x.grad is not None
    assert sorted(x.grad.unique().tolist()) == pytest.approx([0, scale], rel=1e-5)


def test_moments_stay() -> None:
    torch.manual_seed(0)
    (y,) = run_layer("SeLuDropout", "", torch.randn(200_000))
    assert y.mean().item() == pytest.approx(0, abs=0.01)
    assert y.var().item() == pytest.approx(1, abs=0.02)


def test_nothing_happens_in_test() -> None:
    x = torch.randn(5)
    (y,) = run_layer("SeLuDropout", "", x, phase="TEST")
    assert torch.equal(y, x)


def test_spellings_and_refusals() -> None:
    assert parse_net("layers { type: SELU_DROPOUT }").message.layer[0].type == "SeLuDropout"
    with pytest.raises(ShapeError, match="dropout_ratio"):
        top_shapes("SeLuDropout", "selu_dropout_param { dropout_ratio: 1 }", [(2, 3)])
