"""SeLU by its formula."""

from __future__ import annotations

import math

import pytest
import torch

from tests.layers.one_layer import one_net, run_layer, run_net


@pytest.mark.parametrize(
    ("text", "scale", "alpha"),
    [("", 1.05070102, 1.67326319), ("selu_param { lambda: 1.5 alpha: 0.5 }", 1.5, 0.5)],
)
@pytest.mark.parametrize("kind", ["SeLU", "SeLu", "SELU"])
def test_formula(kind: str, text: str, scale: float, alpha: float) -> None:
    x = [-100.0, -2.0, -0.5, 0.0, 0.5, 90.0]
    (top,) = run_layer(kind, text, torch.tensor(x))
    wanted = [scale * (v if v > 0 else alpha * math.expm1(v)) for v in x]
    assert top.tolist() == pytest.approx(wanted)


def test_the_gradient_at_zero_takes_the_exponential_branch() -> None:
    x = torch.zeros(1, requires_grad=True)
    run_layer("SeLU", "selu_param { lambda: 1.5 alpha: 0.5 }", x)[0].backward()
    assert x.grad is not None
    assert x.grad.item() == pytest.approx(0.75)


def test_gradient() -> None:
    net = one_net("SeLU", "selu_param { alpha: 0.7 }", [(2, 5)])
    x = torch.linspace(-3, 3, 10, dtype=torch.float64).view(2, 5).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: run_net(net, x)[0], (x,))
