"""Layers of several bottoms or tops: sums, products and shares worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from math import pi, sqrt

import numpy as np
import pytest

from caffe2torch.moments.join import (
    Axpy,
    Concat,
    Copies,
    Maximum,
    Product,
    Resample,
    Reshape,
    Sum,
)
from caffe2torch.moments.lags import N
from caffe2torch.moments.state import Grad
from tests.moments.blobs import equal, gradient, independent, place, units

MAP = (2, 4, 3, 3)
AT = units(MAP)


def test_a_sum_adds_means_and_variances() -> None:
    x = [independent(MAP, var=1.0, mean=1.0), independent(MAP, var=2.0, mean=3.0)]
    (y,) = Sum().forward(AT, x)
    assert (y.mean, y.var) == (4.0, 3.0)
    (difference,) = Sum((1.0, -2.0)).forward(AT, x)
    assert (difference.mean, difference.var) == (-5.0, 9.0)


def test_every_term_gets_the_gradient_times_its_square() -> None:
    x = [independent(MAP), independent(MAP)]
    layer = Sum((1.0, -3.0))
    first, second = layer.backward(AT, x, layer.forward(AT, x), [gradient(2.0)])
    assert first is not None
    assert second is not None
    assert (first.k[0, 0], second.k[0, 0]) == (2.0, 18.0)


def test_what_lies_along_a_sum_lies_along_a_term_by_its_share() -> None:
    """Of equal terms each has half: tilt = ½ · tilt + ½ · k ρ."""
    x = [independent(MAP), independent(MAP)]
    grad = Grad(np.ones((2, N)), tilt=np.zeros((2, N)))
    first, _ = Sum().backward(AT, x, Sum().forward(AT, x), [grad])
    assert first is not None
    assert first.tilt is not None
    assert first.tilt[0, 0] == pytest.approx(0.5)


def test_a_product_multiplies_moments_about_0() -> None:
    """E x²y² = (1 + 4)(9 + 1), and the mean is 2 · 1."""
    x = [independent(MAP, var=1.0, mean=2.0), independent(MAP, var=9.0, mean=1.0)]
    (y,) = Product().forward(AT, x)
    assert (y.mean, y.var) == (2.0, 46.0)
    first, second = Product().backward(AT, x, [y], [gradient()])
    assert first is not None
    assert second is not None
    assert (first.k[0, 0], second.k[0, 0]) == (10.0, 5.0)


def test_a_channels_factor_collects_from_its_places() -> None:
    """Nine places with E[g² x²] = 2 · 5 each."""
    x = [independent(MAP, var=5.0), independent((2, 4), var=1.0)]
    (y,) = Product().forward(AT, x)
    assert y.var == 5.0
    _, factor = Product().backward(AT, x, [y], [gradient(2.0)])
    assert factor is not None
    np.testing.assert_allclose(factor.k[0], 90.0)


def test_the_larger_of_two() -> None:
    x = [independent(MAP, var=4.0), independent(MAP, var=4.0)]
    (y,) = Maximum().forward(AT, x)
    assert y.mean == pytest.approx(2 / sqrt(pi), rel=1e-4)
    assert y.var == pytest.approx(4 * (1 - 1 / pi), rel=1e-4)
    first, second = Maximum().backward(AT, x, [y], [gradient()])
    assert first is second
    assert first is not None
    assert first.k[0, 0] == pytest.approx(0.5)


def test_blobs_beside_each_other_count_by_their_channels() -> None:
    """A quarter of the channels is −3 ± 0, the others are 1 ± 2: mean 0, E x² = 1/4·9 + 3/4·5."""
    parts = [independent((2, 1, 3, 3), var=0.0, mean=-3.0), independent((2, 3, 3, 3), 4.0, 1.0)]
    (y,) = Concat().forward(place([s.shape for s in parts], [MAP]), parts)
    assert y.shape == MAP
    assert y.mean == pytest.approx(0.0)
    assert y.var == pytest.approx(9 / 4 + 15 / 4)
    grad = gradient()
    assert Concat().backward(AT, parts, [y], [grad]) == [grad, grad]


def test_copies_add_their_gradients_and_parts_average_them() -> None:
    x = [independent(MAP)]
    at = place([MAP], [MAP, MAP])
    assert Copies().forward(at, x) == x * 2
    (total,) = Copies().backward(at, x, x * 2, [gradient(1.0), gradient(3.0)])
    assert total is not None
    assert total.k[0, 0] == 4.0
    small, large = independent((2, 1, 3, 3)), independent((2, 3, 3, 3))
    (mean,) = Copies(parts=True).backward(at, x, [small, large], [gradient(1.0), gradient(3.0)])
    assert mean is not None
    assert mean.k[0, 0] == pytest.approx(2.5)


def test_a_crop_hands_its_share_of_the_gradient_down() -> None:
    small = (2, 4, 3, 1)
    at, x = place([MAP, small], [small]), [independent(MAP), independent(small)]
    y = Reshape().forward(at, x)
    assert y[0].shape == small
    first, reference = Reshape().backward(at, x, y, [gradient(3.0)])
    assert first is not None
    assert first.k[0, 0] == pytest.approx(1.0)
    assert reference is None


def test_a_x_plus_y() -> None:
    """Axpy's bottoms are a (one number a channel), x and y."""
    x = [independent((2, 4), var=2.0), independent(MAP, var=3.0), independent(MAP, var=5.0)]
    y = Axpy().forward(AT, x)
    assert y[0].var == pytest.approx(2 * 3 + 5)
    factor, scaled, added = Axpy().backward(AT, x, y, [gradient()])
    assert factor is not None
    assert scaled is not None
    assert added is not None
    assert (factor.k[0, 0], scaled.k[0, 0], added.k[0, 0]) == (pytest.approx(27), 2.0, 1.0)


def test_interpolation_brings_places_nearer() -> None:
    large = (2, 4, 6, 6)
    (y,) = Resample().forward(place([MAP], [large]), [independent(MAP)])
    assert (y.shape, y.pitch) == (large, 0.5)
    same = Grad(np.ones((2, N)))
    (grad,) = Resample().backward(AT, [independent(MAP)], [y], [same])
    assert grad is not None
    assert grad.k[0, 0] == pytest.approx(16.0)  # four places with one gradient add up to 4


def test_fewer_places_take_a_share_of_the_gradient() -> None:
    x, y = independent((2, 4, 4, 4)), independent((2, 4, 2, 2))
    (grad,) = Resample().backward(AT, [x], [y], [gradient(16.0)])
    assert grad is not None
    assert grad.k[0, 0] == pytest.approx(1.0)


def test_a_guess_in_one_term_marks_the_sum() -> None:
    guess = replace(equal(MAP), guess=True)
    for layer in (Sum(), Product(), Concat()):
        assert layer.forward(AT, [equal(MAP), guess])[0].guess
        assert not layer.forward(AT, [equal(MAP), equal(MAP)])[0].guess
