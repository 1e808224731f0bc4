"""Elementwise layers on infinities and NaN: Caffe's numbers, but for what their docstrings name.

The expected values are the loops of Caffe's Forward_cpu and Backward_cpu, written down in NumPy
with C++'s std::max and std::min. A case that differs is listed with what comes here instead, so
that a `Differs:` line stays true.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, nan
from typing import NamedTuple

import numpy as np
import pytest
import torch

from tests.layers.one_layer import run_layer

Array = np.ndarray
Pair = tuple[Array, Array]
X, G = (
    np.tile(values.ravel().astype(np.float32), 2)  # long enough for the lanes of a processor
    for values in np.meshgrid([-inf, -90, -1.5, 0, 1.5, 90, inf, nan], [-inf, -2, 0, 2, inf, nan])
)
ZERO = np.float32(0)


def larger(a: Array | np.float32, b: Array | np.float32) -> Array:
    """std::max(a, b)."""
    return np.where(a < b, b, a)


def smaller(a: Array | np.float32, b: Array | np.float32) -> Array:
    """std::min(a, b)."""
    return np.where(b < a, b, a)


def rectified(slope: float) -> Pair:
    """relu_layer.cpp and prelu_layer.cpp."""
    s = np.float32(slope)
    return larger(X, ZERO) + s * smaller(X, ZERO), G * ((X > 0) + s * (X <= 0))


def elu() -> Pair:
    """elu_layer.cpp."""
    y = larger(X, ZERO) + (np.exp(smaller(X, ZERO)) - 1)
    return y, G * ((X > 0) + (1 + y) * (X <= 0))


def sigmoid(x: Array) -> Array:
    """sigmoid_layer.cpp."""
    return 0.5 * np.tanh(0.5 * x) + 0.5


def swish(beta: float) -> Pair:
    """swish_layer.cpp."""
    s = sigmoid(beta * X)
    return X * s, G * (beta * X * s + s * (1 - beta * X * s))


def bnll() -> Pair:
    """bnll_layer.cpp."""
    e = np.exp(smaller(X, np.float32(50)))
    return np.where(X > 0, X + np.log(1 + np.exp(-X)), np.log(1 + np.exp(X))), G * e / (e + 1)


def power(p: float, scale: float, shift: float) -> Pair:
    """power_layer.cpp."""
    base = scale * X + shift
    y = base if p == 1 else base ** np.float32(p)
    if p == 1:
        slope = np.full_like(X, scale)
    elif p == 2:
        slope = 2 * scale * scale * X + 2 * scale * shift
    else:
        slope = p * scale * (y / base)
    return y, G * slope


class Case(NamedTuple):
    """One layer: its text, Caffe's numbers, and where and what ours are instead."""

    kind: str
    text: str
    caffe: Callable[[], Pair]
    forward: Callable[[], dict[str, Array]] = dict
    backward: Callable[[], dict[str, Array]] = dict
    uneven: bool = False  # torch's gradient at NaN depends on the place in the tensor


def where(place: Array, value: Array | float) -> dict[str, Array]:
    """A difference: at these places ours is this value."""
    return {"place": place, "value": np.broadcast_to(np.asarray(value, np.float32), X.shape)}


CASES = [
    Case(
        "ReLU",
        "",
        lambda: rectified(0),
        forward=lambda: where(-inf == X, 0),
        backward=lambda: where((X <= 0) | np.isnan(X), np.where(X <= 0, ZERO, G)),
    ),
    Case(
        "ReLU",
        "relu_param { negative_slope: 0.25 }",
        lambda: rectified(0.25),
        backward=lambda: where(np.isnan(X), 0.25 * G),
    ),
    Case("PReLU", "", lambda: rectified(0.25), backward=lambda: where(np.isnan(X), 0.25 * G)),
    Case(
        "ELU",
        "",
        elu,
        backward=lambda: where((inf == X) | (X == -90) & np.isinf(G), G),
        uneven=True,
    ),
    Case("Sigmoid", "", lambda: (y := sigmoid(X), G * y * (1 - y))),
    Case("TanH", "", lambda: (y := np.tanh(X), G * (1 - y * y))),
    Case("AbsVal", "", lambda: (np.abs(X), ((X > 0) * 1.0 - (X < 0)) * G)),
    Case("BNLL", "", bnll),
    Case(
        "Clip",
        "clip_param { min: -1 max: 2 }",
        lambda: (larger(np.float32(-1), smaller(X, np.float32(2))), G * ((X >= -1) & (X <= 2))),
    ),
    Case("Exp", "", lambda: (np.exp(X), G * np.exp(X))),
    Case("Log", "", lambda: (np.log(X), G * (1 / X))),
    Case("Power", "power_param { scale: 2 shift: 1 }", lambda: power(1, 2, 1)),
    Case("Power", "power_param { power: 2 scale: 2 shift: 1 }", lambda: power(2, 2, 1)),
    Case("Power", "power_param { power: 3 }", lambda: power(3, 1, 0)),
    Case("Power", "power_param { power: 0.5 scale: 2 shift: 1 }", lambda: power(0.5, 2, 1)),
    Case("Swish", "", lambda: swish(1)),
    Case(
        "Swish",
        "swish_param { beta: 2 }",
        lambda: swish(2),
        backward=lambda: where(np.isinf(G) & np.isin(X, (-1.5, 0, 90)), nan),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind} {case.text}".strip())
@np.errstate(all="ignore")
def test_numbers_are_caffes_but_for_those_named(case: Case) -> None:
    x = torch.tensor(X[:, None], requires_grad=True)
    (top,) = run_layer(case.kind, case.text, x)
    top.backward(torch.tensor(G[:, None]))
    assert x.grad is not None
    caffe = case.caffe()
    for ours, theirs, differs in (
        (top.detach(), caffe[0], case.forward()),
        (x.grad, caffe[1], case.backward()),
    ):
        expected = np.asarray(theirs, np.float32)
        if differs:
            expected = np.where(differs["place"], differs["value"], expected)
        if case.uneven:
            expected[np.isnan(X)] = ours.numpy()[np.isnan(X), 0]
        np.testing.assert_allclose(ours.numpy()[:, 0], expected, rtol=1e-5, atol=1e-6)


def test_a_hinge_loss_of_nan_is_nan_and_not_0_as_in_caffe() -> None:
    scores, labels = torch.tensor([[nan, 0.0], [0.5, nan]]), torch.tensor([0.0, 1.0])
    (loss,) = run_layer("HingeLoss", "", scores, labels)
    assert loss.isnan()
