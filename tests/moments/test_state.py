"""Blobs and gradients in moments: what scaling, shifting and reshaping do to them."""

from __future__ import annotations

from dataclasses import replace
from math import exp, pi, sqrt

import numpy as np
import pytest

from caffe2torch.moments.activation import rectifier
from caffe2torch.moments.lags import N
from caffe2torch.moments.state import Grad, State, no_grad
from tests.moments.blobs import equal, gradient, independent

MAP = (4, 3, 5, 5)


def test_sizes() -> None:
    state = independent(MAP)
    assert (state.batch, state.channels, state.sizes, state.places) == (4, 3, (5, 5), 25)
    number = independent(())
    assert (number.batch, number.channels, number.sizes, number.places) == (1, 1, (), 1)


def test_moments_about_0() -> None:
    state = replace(independent(MAP, var=4.0, mean=3.0), mean_zero=1.0, joint=0.5, zero=0.5)
    assert state.raw.square[0, 0] == 13.0
    assert state.raw.square[0, 1] == 9.0
    assert (state.raw.joint, state.raw.zero) == (3.5, 1.5)
    assert state.raw.diff == pytest.approx(4 - 2 * 0.5 + 0.5 + 4)  # and the means lie 2 apart
    assert state.std == pytest.approx(2.0)


def test_moments_of_a_rectified_blob() -> None:
    state = independent(MAP, act=rectifier())
    assert state.raw.mean == pytest.approx(1 / sqrt(2 * pi))
    assert state.raw.square[0, 0] == pytest.approx(0.5)
    assert state.raw.square[1, 0] == pytest.approx(1 / (2 * pi))
    assert state.std == pytest.approx(sqrt(0.5 - 1 / (2 * pi)))
    assert state.slope[0, 0] == pytest.approx(0.5)


def test_plain_describes_the_same_blob() -> None:
    state = independent(MAP, act=rectifier())
    plain = state.plain()
    assert plain.act is None
    assert plain.std == pytest.approx(state.std)
    assert plain.raw.mean == pytest.approx(state.raw.mean)
    np.testing.assert_allclose(plain.raw.square, state.raw.square, atol=1e-12)
    assert plain.plain() is plain


@pytest.mark.parametrize("factor", [2.0, -3.0])
def test_scaled(factor: float) -> None:
    state = replace(independent(MAP, var=4.0, mean=3.0), diff=2.0)
    scaled = state.scaled(factor)
    assert (scaled.mean, scaled.var, scaled.diff) == (3 * factor, 4 * factor**2, 2 * factor**2)


def test_a_rectified_blob_stays_one_only_under_a_positive_factor() -> None:
    state = independent(MAP, act=rectifier())
    assert state.scaled(2.0).act is state.act
    turned = state.scaled(-2.0)
    assert turned.act is None
    assert turned.mean == pytest.approx(-2 / sqrt(2 * pi))


def test_a_bias_is_shared_by_all_places_and_by_the_input_0() -> None:
    shifted = independent(MAP).shifted(5.0, var=2.0)
    assert (shifted.mean, shifted.mean_zero, shifted.var) == (5.0, 5.0, 3.0)
    assert shifted.k[1, 3] == 2.0
    assert (shifted.joint, shifted.zero) == (2.0, 2.0)
    assert shifted.input_std == pytest.approx(1.0)  # the input adds what it did before


def test_one_place_has_no_neighbours() -> None:
    state = equal(MAP, var=2.0)
    state.k[0, 1:] = 0.5
    flat = state.reshaped((4, 75))
    np.testing.assert_array_equal(flat.k[0], np.full(N, 2.0))
    np.testing.assert_array_equal(state.reshaped((4, 3, 25)).k, state.k)


def test_correlations_lie_between_minus_1_and_1() -> None:
    state = equal(MAP, var=2.0)
    state.k[1] = -3.0  # rounding may leave more than the variance
    assert state.rho[0, 0] == 1.0
    assert state.rho[1, 0] == -1.0
    assert not independent(MAP, var=0.0).rho.any()


def test_what_few_equal_channels_typically_show() -> None:
    """With all places and samples equal the variance fluctuates by 2 / n of its square."""
    state = equal((4, 8, 1, 1))
    assert state.typical(2.0).var == pytest.approx(exp(-2.0 / 8 / 4) ** 2)
    single = equal((4, 1, 1, 1))
    assert single.typical(2.0) is single


def test_gradients_of_two_readers_add_up() -> None:
    line = (np.array([2.0, 0, 1, 1, 1]), np.ones(5))
    total = replace(gradient(1.0), profile=line).plus(gradient(3.0), independent(MAP))
    assert total.k[0, 0] == 4.0
    np.testing.assert_allclose(total.profile[0], [1.25, 0.75, 1, 1, 1])
    assert total.tilt is None


def test_a_tilt_is_kept_in_a_sum() -> None:
    state = independent(MAP)
    tilted = Grad(np.ones((2, N)), tilt=np.full((2, N), 0.25))
    total = tilted.plus(Grad(np.ones((2, N))), state)
    assert total.tilt is not None
    np.testing.assert_allclose(total.tilt, 0.25 + state.rho)


def test_times() -> None:
    twice = Grad(np.ones((2, N)), tilt=np.ones((2, N))).times(2.0)
    assert twice.k[0, 0] == 2.0
    assert twice.tilt is not None
    assert twice.tilt[1, 1] == 2.0
    assert twice.rms == pytest.approx(sqrt(2))


def test_no_gradient() -> None:
    assert no_grad().rms == 0.0


def test_spread_of_a_blob_without_a_profile_is_even() -> None:
    assert [line.tolist() for line in State((1, 1, 2), 0.0, np.zeros((2, N))).spread] == [[1, 1]]
