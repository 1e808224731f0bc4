"""A rectified blob plus another: against closed forms and random draws."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from caffe2torch.moments.activation import rectifier
from caffe2torch.moments.join import Sum
from caffe2torch.moments.lags import N
from caffe2torch.moments.pointwise import relu
from caffe2torch.moments.residual import before_relu, kept, mix_of, never_negative
from caffe2torch.moments.state import Grad, State


def state(mean: float, var: float, relu: bool = False) -> State:
    """Independent places of one variance."""
    k = np.zeros((2, N))
    k[0, 0] = var
    return State((4, 8, 6, 6), mean, k, act=rectifier() if relu else None)


def test_a_sum_remembers_its_parts() -> None:
    x, f = state(0.0, 1.0, relu=True), state(0.0, 1.0)
    total = Sum().forward(None, [x, f])[0]  # type: ignore[arg-type]
    assert total.mix is not None
    assert total.mix.u == (0.0, 1.0)
    assert total.mix.f == pytest.approx((0.0, 1.0))
    assert before_relu(total).var != total.var
    # scaled, it is another blob, which the parts do not describe
    assert before_relu(total.scaled(2.0)).var == total.scaled(2.0).var


@pytest.mark.parametrize("terms", [[(0.0, False), (0.0, False)], [(0.0, True), (0.5, True)]])
def test_other_sums_are_taken_for_normal(terms: list[tuple[float, bool]]) -> None:
    x = [state(mean, 1.0, relu) for mean, relu in terms]
    assert mix_of(x, [1.0, 1.0], state(0.4, 2.0)) is None


def test_a_masked_gradient_is_not_halved_again_along_the_shortcut() -> None:
    x, f = state(0.0, 1.0, relu=True), state(0.0, 1.0)
    total = Sum().forward(None, [x, f])[0]  # type: ignore[arg-type]
    masked = Grad(np.ones((2, N)), masked=True)
    assert kept(total, x, masked)[0, 0] == pytest.approx(0.75 / 0.625, rel=0.05)
    assert kept(total, f, masked)[0, 0] == pytest.approx(1.0, rel=0.05)
    assert (kept(total, x, Grad(np.ones((2, N)))) == 1).all()


def test_a_sum_of_rectified_blobs_needs_no_further_relu() -> None:
    x = [state(0.0, 1.0, relu=True), state(0.5, 1.0, relu=True)]
    total = Sum().forward(None, x)[0]  # type: ignore[arg-type]
    assert never_negative(total)
    assert not never_negative(total.shifted(-1.0))
    assert not never_negative(total, factor=-1.0)
    at = SimpleNamespace(tops=[total.shape])
    assert relu().forward(at, [total])[0] == total  # type: ignore[arg-type]
    g = Grad(np.ones((2, N)))
    assert relu().backward(at, [total], [total], [g]) == [g]  # type: ignore[arg-type]
