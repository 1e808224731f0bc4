"""Windows: the largest of n normal numbers, and their average."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np
import pytest

from caffe2torch.moments.pooling import AvePool, MaxPool, largest
from tests.moments.blobs import equal, gradient, independent, place

MAP, HALF, NUMBER = (2, 3, 4, 4), (2, 3, 2, 2), (2, 3, 1, 1)
AT = place([MAP], [HALF])
TWO = {"kernel": (2, 2), "stride": (2, 2), "pad": (0, 0)}


@pytest.mark.parametrize(
    ("n", "mean", "var"),
    [(1, 0.0, 1.0), (2, 1 / sqrt(pi), 1 - 1 / pi), (3, 1.5 / sqrt(pi), 0.5595)],
)
def test_the_largest_of_n_numbers(n: int, mean: float, var: float) -> None:
    """Order statistics of the normal distribution."""
    assert largest(n) == pytest.approx((mean, var), abs=1e-4)


def test_maximum_of_independent_places() -> None:
    mean, var = largest(4.0)
    (y,) = MaxPool(**TWO).forward(AT, [independent(MAP, var=9.0, mean=1.0)])
    assert y.mean == pytest.approx(1 + 3 * mean)
    assert y.var == pytest.approx(9 * var)
    assert (y.shape, y.pitch) == (HALF, 2.0)


def test_maximum_of_equal_places_is_any_of_them() -> None:
    (y,) = MaxPool(**TWO).forward(AT, [equal(MAP, var=9.0, mean=1.0)])
    assert (y.mean, y.var) == (pytest.approx(1.0), pytest.approx(9.0))


def test_a_mask_as_second_top_is_a_guess() -> None:
    y = MaxPool(**TWO).forward(place([MAP], [HALF, HALF]), [independent(MAP)])
    assert [state.guess for state in y] == [False, True]


def test_a_quarter_of_the_places_gets_the_gradient_of_a_maximum() -> None:
    layer, x = MaxPool(**TWO), [independent(MAP)]
    y = layer.forward(AT, x)
    (grad,) = layer.backward(AT, x, y, [gradient(8.0)])
    assert grad is not None
    assert grad.k[0, 0] == pytest.approx(2.0)


def test_overlapping_windows_may_choose_the_same_place() -> None:
    """Windows of 2, a place apart, with equal gradients: 1 of 3 places is common to neighbours."""
    line = (2, 3, 5)
    layer, x = MaxPool((2,), (1,), (0,)), [independent(line)]
    at = place([line], [(2, 3, 4)])
    y = layer.forward(at, x)
    same = gradient()
    same.k[:] = 1.0
    (grad,) = layer.backward(at, x, y, [same])
    assert grad is not None
    assert grad.k[0, 0] == pytest.approx(4 / 5 * (1 + 2 / 3))


def test_average_of_independent_places() -> None:
    (y,) = AvePool(**TWO).forward(AT, [independent(MAP, var=8.0, mean=3.0)])
    assert (y.mean, y.var) == (pytest.approx(3.0), pytest.approx(2.0))


def test_average_of_equal_places() -> None:
    (y,) = AvePool(**TWO).forward(AT, [equal(MAP, var=8.0)])
    assert y.var == pytest.approx(8.0)


def test_average_of_the_whole_map() -> None:
    layer, at, x = AvePool(), place([MAP], [NUMBER]), [independent(MAP, var=16.0)]
    y = layer.forward(at, x)
    assert y[0].var == pytest.approx(1.0)
    (grad,) = layer.backward(at, x, y, [gradient(256.0)])
    assert grad is not None
    np.testing.assert_allclose(grad.k[0], 1.0)  # 1/16 of it at each of the 16 places


def test_padding_counts_as_zeros_in_an_average() -> None:
    """3 × 3 padded by 1: the windows hold 7/9 of their places a side."""
    shape = (2, 3, 3, 3)
    layer = AvePool((3, 3), (1, 1), (1, 1))
    (y,) = layer.forward(place([shape], [shape]), [equal(shape, var=0.0, mean=1.0)])
    assert y.mean == pytest.approx((7 / 9) ** 2)


def test_each_place_gets_a_quarter_of_its_windows_gradient() -> None:
    layer, x = AvePool(**TWO), [independent(MAP)]
    y = layer.forward(AT, x)
    (grad,) = layer.backward(AT, x, y, [gradient(16.0)])
    assert grad is not None
    assert grad.k[0, 0] == pytest.approx(1.0)
