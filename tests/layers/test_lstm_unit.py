"""LSTMUnit: one step by hand, and the gradient that Caffe has for a fractional cont."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes


def test_one_step() -> None:
    c, gates = torch.randn(1, 2, 3), torch.randn(1, 2, 12)
    cont = torch.tensor([[0.0, 1.0]])
    new, h = run_layer("LSTMUnit", "", c, gates, cont, tops=2)
    i, f, o, g = gates.split(3, 2)
    wanted = cont.view(1, 2, 1) * f.sigmoid() * c + i.sigmoid() * g.tanh()
    torch.testing.assert_close(new, wanted)
    torch.testing.assert_close(h, o.sigmoid() * wanted.tanh())


def test_gradient_of_the_forget_gate_for_a_fractional_cont() -> None:
    # with f = cont·σ(0) = 1/4, Caffe takes f·(1 − f) = 3/16 where the derivative is 1/8
    gates = torch.zeros(1, 1, 4, requires_grad=True)
    c = torch.full((1, 1, 1), 2.0, requires_grad=True)
    new, _ = run_layer("LSTMUnit", "", c, gates, torch.full((1, 1), 0.5), tops=2)
    new.sum().backward()
    assert gates.grad is not None
    assert c.grad is not None
    assert gates.grad.flatten().tolist() == [0, 2 * 3 / 16, 0, 0.5]
    assert c.grad.item() == 0.25


@pytest.mark.parametrize(
    "bottoms",
    [
        [(1, 2, 3), (1, 2, 11), (1, 2)],
        [(2, 2, 3), (2, 2, 12), (2, 2)],
        [(1, 2, 3), (1, 2, 12), (1, 2, 1)],
        [(1, 2), (1, 2, 12), (1, 2)],
    ],
)
def test_refusals(bottoms: list[tuple[int, ...]]) -> None:
    with pytest.raises(ShapeError, match="should be"):
        top_shapes("LSTMUnit", "", bottoms, tops=2)
