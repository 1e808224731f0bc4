"""Sums over independent weights: fan-in, fan-out and padding counted by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from caffe2torch.fillers.base import Spread
from caffe2torch.moments.activation import rectifier
from caffe2torch.moments.linear import MOST_BURST, Gain, Linear, Shift, bias_of, common
from caffe2torch.moments.state import State
from tests.moments.blobs import equal, gradient, independent, place, units

VECTOR, SCORE = (2, 10), (2, 1)
MAP, INNER = (2, 4, 3, 3), (2, 1, 1, 1)
CONV = Linear((3, 3), (1, 1), (0, 0), (1, 1))
PADDED = Linear((3, 3), (1, 1), (1, 1), (1, 1))
W = Spread(0.0, 0.5)


def top(layer: Linear, x: State, shape: tuple[int, ...], **spreads: Spread) -> State:
    return layer.forward(place([x.shape], [shape], **({"weight": W} | spreads)), [x])[0]


def test_an_inner_product_multiplies_by_fan_in_and_variance() -> None:
    assert top(Linear(), independent(VECTOR, var=3.0), SCORE).var == pytest.approx(10 * 0.5 * 3)
    flattened = top(Linear(), independent(MAP), SCORE)
    assert flattened.var == pytest.approx(36 * 0.5)
    assert flattened.k[0, 5] == flattened.var  # it has no places that could differ


def test_a_mean_of_the_input_counts_as_energy() -> None:
    assert top(Linear(), independent(VECTOR, mean=2.0), SCORE).var == pytest.approx(10 * 0.5 * 5)


def test_a_convolution_without_padding() -> None:
    assert top(CONV, independent(MAP), INNER).var == pytest.approx(4 * 9 * 0.5)


def test_groups_sum_fewer_channels() -> None:
    grouped = replace(CONV, group=4)
    assert top(grouped, independent(MAP), INNER).var == pytest.approx(9 * 0.5)


def test_padding_leaves_out_taps_at_the_border() -> None:
    """A map of 3 × 3 padded by 1: windows hold 2, 3 and 2 of 3 places, on either axis."""
    y = top(PADDED, independent(MAP), (2, 1, 3, 3))
    assert y.var == pytest.approx(4 * 9 * 0.5 * (7 / 9) ** 2)
    np.testing.assert_allclose(y.profile[0], [6 / 7, 9 / 7, 6 / 7])


def test_a_deconvolution_without_overlap_sums_one_tap() -> None:
    layer = Linear((2, 2), (2, 2), (0, 0), (1, 1), transposed=True)
    y = top(layer, independent(MAP), (2, 1, 6, 6))
    assert y.var == pytest.approx(4 * 0.5)
    assert y.pitch == 0.5


def test_a_stride_moves_places_apart() -> None:
    layer = Linear((1, 1), (2, 2), (0, 0), (1, 1))
    assert top(layer, independent((2, 4, 4, 4)), (2, 1, 2, 2)).pitch == 2.0


def test_weights_with_a_mean_add_up_equal_inputs() -> None:
    """All weights 0.1 over ten equal inputs of variance 1: the sum has variance (10 · 0.1)²."""
    tied = replace(independent(VECTOR), tied=True)
    y = top(Linear(), tied, SCORE, weight=Spread(0.1, 0.0))
    assert y.var == pytest.approx(1.0)
    assert y.tied
    apart = top(Linear(), independent(VECTOR), SCORE, weight=Spread(0.1, 0.0))
    assert apart.var == pytest.approx(0.1)


def test_a_bias_is_added() -> None:
    y = top(Linear(), independent(VECTOR), SCORE, bias=Spread(2.0, 3.0))
    assert (y.mean, y.var) == (2.0, pytest.approx(8.0))
    assert bias_of(units(SCORE), y) is y


def test_the_gradient_below_an_inner_product() -> None:
    """Each input feeds one output: weight's second moment 0.5 + 0.1²."""
    at = place([VECTOR], [SCORE], weight=Spread(0.1, 0.5))
    x = [independent(VECTOR)]
    (grad,) = Linear().backward(at, x, [independent(SCORE)], [gradient(4.0)])
    assert grad is not None
    assert grad.k[0, 0] == pytest.approx(4 * 0.51)


def test_the_gradient_below_a_padded_convolution() -> None:
    """A place lies in 2, 3 and 2 windows an axis, each with 5 channels."""
    shape = (2, 5, 3, 3)
    at = place([MAP], [shape], weight=W)
    (grad,) = PADDED.backward(at, [independent(MAP)], [independent(shape)], [gradient()])
    assert grad is not None
    assert grad.k[0, 0] == pytest.approx(5 * 0.5 * 49 / 9)
    np.testing.assert_allclose(grad.profile[1], [6 / 7, 9 / 7, 6 / 7])


def test_the_squared_gradient_of_weights_sums_over_samples() -> None:
    """10 × 3 weights, 2 samples, each E[x²] E[g²] = 2 · 4; equal samples give twice as much."""
    shape = (2, 3)
    at = place([VECTOR], [shape], weight=W)
    apart = Linear().weights(at, [independent(VECTOR, 2.0)], [independent(shape)], [gradient(4.0)])
    assert apart == {"weight": pytest.approx(2 * 30 * 8)}
    grad = gradient()
    grad.k[:] = 4.0
    alike = Linear().weights(at, [equal(VECTOR, 2.0)], [independent(shape)], [grad])
    assert alike == {"weight": pytest.approx(4 * 30 * 8)}


def test_taps_that_two_windows_have_in_common() -> None:
    """Size 3, kernel 3, pad 1: windows a place apart share the taps 1, and 1 or 2 of the rest."""
    share = common((3,), (3,), (3,), (1,), (1,), (1,), 1.0)
    assert share[0] == 1.0
    # of the taps {1, 2}, {0, 1, 2}, {0, 1} neighbours have 2 in common, out of 7/3 on average
    assert share[1] == pytest.approx(2 / (7 / 3))
    assert (common((9,), (7,), (3,), (1,), (0,), (1,), 1.0) == 1.0).all()


def test_a_learned_factor() -> None:
    at = place([MAP], [MAP], weight=Spread(3.0, 7.0), bias=Spread(1.0, 0.0))
    (y,) = Gain().forward(at, [independent(MAP)])
    assert (y.mean, y.var) == (1.0, pytest.approx(16.0))
    (grad,) = Gain().backward(at, [independent(MAP)], [y], [gradient()])
    assert grad is not None
    assert grad.k[0, 0] == pytest.approx(16.0)


def test_a_learned_shift() -> None:
    (y,) = Shift().forward(place([MAP], [MAP], bias=Spread(1.0, 2.0)), [independent(MAP)])
    assert (y.mean, y.var) == (1.0, 3.0)


def test_few_channels_make_places_uneven() -> None:
    """Energies vary by 5 / channels behind a ReLU; BatchNorm then finds less in common."""
    wide, narrow = (independent((4, n, 6, 6), act=rectifier()) for n in (4096, 8))
    layer = Linear((1, 1), (1, 1), (0, 0), (1, 1))
    assert layer._burst(wide) == pytest.approx(5 / 4096)
    assert layer._burst(narrow) == pytest.approx(5 / 8)
    assert layer._burst(replace(narrow, burst=0.8)) == MOST_BURST
    assert replace(narrow, burst=15.0).calm == pytest.approx(0.5)
