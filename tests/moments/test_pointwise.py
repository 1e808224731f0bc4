"""Functions of single units, and dropout, with moments worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from math import pi, sqrt

import numpy as np
import pytest

from caffe2torch.moments.activation import rectifier
from caffe2torch.moments.pointwise import Affine, Dropout, Pointwise, function, relu, sigmoid
from tests.moments.blobs import gradient, independent, place, units

SHAPE = (4, 1, 5, 5)
AT = units(SHAPE)


def test_relu_halves_second_moment_and_gradient() -> None:
    x = [independent(SHAPE, var=4.0)]
    y = relu().forward(AT, x)
    assert y[0].raw.square[0, 0] == pytest.approx(2.0)
    assert y[0].raw.mean == pytest.approx(2 / sqrt(2 * pi))
    (grad,) = relu().backward(AT, x, y, [gradient()])
    assert grad is not None
    assert grad.k[0, 0] == pytest.approx(0.5)
    assert grad.masked


def test_a_leaky_relu_masks_nothing() -> None:
    x = [independent(SHAPE)]
    y = relu(0.1).forward(AT, x)
    assert y[0].raw.square[0, 0] == pytest.approx((1 + 0.1**2) / 2)
    (grad,) = relu(0.1).backward(AT, x, y, [gradient()])
    assert grad is not None
    assert grad.k[0, 0] == pytest.approx((1 + 0.1**2) / 2)
    assert not grad.masked


def test_a_second_relu_changes_nothing() -> None:
    x = [independent(SHAPE, act=rectifier())]
    assert relu().forward(AT, x)[0] == x[0]
    g = gradient()
    assert relu().backward(AT, x, x, [g]) == [g]


def test_any_function_takes_its_slope_numerically() -> None:
    """y = 3x + 1: E y² = 9 + 1, gradient times 9."""
    line = function(lambda x: 3 * x + 1)
    x = [independent(SHAPE)]
    y = line.forward(AT, x)
    assert y[0].raw.square[0, 0] == pytest.approx(10, rel=1e-4)
    (grad,) = line.backward(AT, x, y, [gradient()])
    assert grad is not None
    assert grad.k[0, 0] == pytest.approx(9, rel=1e-6)
    assert isinstance(line, Pointwise)
    assert line.activation.increasing


def test_factor_and_shift() -> None:
    layer = Affine(-2.0, 5.0)
    (y,) = layer.forward(AT, [independent(SHAPE, mean=1.0)])
    assert (y.mean, y.var) == (3.0, 4.0)
    (grad,) = layer.backward(AT, [], [], [gradient()])
    assert grad is not None
    assert grad.k[0, 0] == 4.0


def test_dropout_of_three_quarters() -> None:
    """y = 4x in a quarter of the cases: E y is kept, E y² grows by 4; neighbours do not."""
    x = [replace(independent(SHAPE, mean=1.0), mean_zero=1.0)]
    x[0].k[0, 1:] = 0.5
    (y,) = Dropout(0.75).forward(AT, x)
    assert y.mean == 1.0
    assert y.var == pytest.approx(4 * 2 - 1)
    assert y.k[0, 1] == 0.5
    assert y.zero == pytest.approx(3.0)
    (grad,) = Dropout(0.75).backward(AT, x, [y], [gradient()])
    assert grad is not None
    assert grad.k[0, 0] == pytest.approx(4.0)


@pytest.mark.parametrize(("ratio", "train"), [(0.0, True), (0.5, False), (1.0, True)])
def test_dropout_that_drops_nothing(ratio: float, train: bool) -> None:
    x, at, g = [independent(SHAPE)], place([SHAPE], [SHAPE], train=train), gradient()
    assert Dropout(ratio).forward(at, x) == x
    assert Dropout(ratio).backward(at, x, x, [g]) == [g]


def test_sigmoid() -> None:
    np.testing.assert_allclose(
        sigmoid(np.array([-1e4, 0.0, np.log(3), 1e4])), [0, 0.5, 0.75, 1], atol=1e-12
    )
