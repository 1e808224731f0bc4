"""What every layer's moments can do: hand on, guess, follow one another."""

from __future__ import annotations

import numpy as np
import pytest

from caffe2torch.fillers.base import Spread
from caffe2torch.moments.base import Chain, Guess, Moments, below, count
from caffe2torch.moments.lags import N
from caffe2torch.moments.linear import Gain
from caffe2torch.moments.pointwise import Affine
from caffe2torch.moments.state import Grad
from tests.moments.blobs import equal, gradient, independent, place, units

MAP = (4, 3, 5, 5)


def test_a_layer_hands_on_its_first_bottom() -> None:
    x = [independent(MAP, 2.0), independent(MAP, 3.0)]
    at = place([MAP, MAP], [MAP])
    y = Moments().forward(at, x)
    assert [state.var for state in y] == [2.0]
    first, second = Moments().backward(at, x, y, [gradient()])
    assert first is not None
    assert first.k[0, 0] == 1.0
    assert second is None
    assert Moments().weights(at, x, y, [gradient()]) == {}


def test_a_layer_without_bottoms() -> None:
    assert Moments().forward(place([], [MAP]), []) == []
    assert Moments().backward(place([], [MAP]), [], [], []) == []


def test_a_guess_is_marked() -> None:
    assert not Guess().exact
    assert Guess().forward(units(MAP), [independent(MAP)])[0].guess


def test_two_layers_as_one() -> None:
    """y = w · (2x) with a factor of second moment 9: 36 times the variance, and the gradient."""
    chain = Chain(Gain(), Affine(2.0))
    at = place([MAP], [MAP], weight=Spread(3.0, 0.0))
    x = [independent(MAP)]
    y = chain.forward(at, x)
    assert y[0].var == pytest.approx(36)
    (grad,) = chain.backward(at, x, y, [gradient()])
    assert grad is not None
    assert grad.k[0, 0] == pytest.approx(36)


def test_the_gradient_below_a_flattened_map_has_no_neighbours() -> None:
    grad = below(independent(MAP), independent((4, 75)), Grad(np.ones((2, N))))
    assert grad.k[:, 0].tolist() == [1, 1]
    assert not grad.k[:, 1:].any()


def test_the_gradient_below_a_map_made_of_one_place_is_the_same_everywhere() -> None:
    above = gradient(2.0)
    grad = below(independent((4, 75)), independent(MAP), above)
    np.testing.assert_array_equal(grad.k[0], np.full(N, 2.0))
    assert below(equal(MAP), equal(MAP), above) is above


def test_elements_of_a_sample() -> None:
    assert count(MAP) == 75
    assert count((4,)) == 1
