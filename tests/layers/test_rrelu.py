"""RReLU against a naive loop; test_examples holds its gradient against differences."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import close, drawn, one_net, run_layer, run_net, top_shapes


@pytest.mark.parametrize(("kind", "field"), [("RReLU", "rrelu"), ("Insanity", "insanity")])
def test_rrelu_divides_by_what_it_draws(kind: str, field: str) -> None:
    x, text = drawn(4, 500), f"{field}_param {{ lb: 3 ub: 8 }}"
    mean = (8 - 3) / (math.log(8) - math.log(3))
    (y,) = run_layer(kind, text, x, phase="TEST")
    close(y, np.where(x > 0, x, x / mean))
    net = one_net(kind, text, [(4, 500)])
    torch.manual_seed(1)
    x.requires_grad_()
    (y,) = run_net(net, x)
    negative = x < 0
    divisors = x[negative] / y[negative]
    assert 3 <= divisors.min() < 3.1 and 7.9 < divisors.max() <= 8
    assert divisors.mean().item() == pytest.approx(5.5, abs=0.15)
    y.sum().backward()
    torch.testing.assert_close(x.grad[negative], 1 / divisors.detach())
    with pytest.raises(ShapeError, match="no range"):
        top_shapes(kind, f"{field}_param {{ lb: 0 }}", [(2, 3)])
