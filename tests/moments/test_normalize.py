"""Layers that divide by a measured spread: what is left of mean, variance and gradient."""

from __future__ import annotations

import numpy as np
import pytest

from caffe2torch.fillers.base import Spread
from caffe2torch.moments.lags import N
from caffe2torch.moments.normalize import L2, LRN, MVN, BatchNorm, batch_average
from caffe2torch.moments.state import Grad
from tests.moments.blobs import equal, gradient, independent, place, units

MAP = (4, 3, 5, 5)
AT = units(MAP)
COUNT = 4 * 5 * 5


def test_mean_over_the_batch() -> None:
    assert batch_average(np.ones((2, N)), independent(MAP)) == pytest.approx(1.0)
    alone = independent(MAP)
    assert batch_average(alone.k, alone) == pytest.approx(1 / COUNT)


def test_batch_norm_makes_mean_0_and_variance_1() -> None:
    (y,) = BatchNorm().forward(AT, [independent(MAP, var=9.0, mean=5.0)])
    assert y.mean == 0.0
    assert y.var == pytest.approx(1.0, rel=1e-5)
    assert y.k[1, 0] == pytest.approx(-1 / (COUNT - 1), rel=1e-5)  # the mean of the batch is 0


def test_batch_norm_of_a_blob_that_is_the_same_everywhere_is_0() -> None:
    (y,) = BatchNorm().forward(AT, [equal(MAP, var=9.0, mean=5.0)])
    assert y.var == pytest.approx(0.0, abs=1e-9)


def test_stored_statistics_of_0_multiply_by_the_root_of_eps() -> None:
    layer = BatchNorm(eps=1e-4, frozen=True)
    (y,) = layer.forward(AT, [independent(MAP, var=2.0, mean=1.0)])
    assert y.var == pytest.approx(2e4)
    assert y.mean == pytest.approx(100)
    (grad,) = layer.backward(AT, [independent(MAP)], [y], [gradient()])
    assert grad is not None
    assert grad.k[0, 0] == pytest.approx(1e4)


def test_a_factor_and_a_bias_inside() -> None:
    at = place([MAP], [MAP], weight=Spread(2.0, 0.0), bias=Spread(7.0, 0.0))
    (y,) = BatchNorm().forward(at, [independent(MAP)])
    assert (y.mean, y.var) == (7.0, pytest.approx(4.0, rel=1e-4))


def test_batch_norm_lets_no_gradient_through_that_all_units_share() -> None:
    x = [independent(MAP)]
    y = BatchNorm().forward(AT, x)
    (common,) = BatchNorm().backward(AT, x, y, [Grad(np.ones((2, N)))])
    (alone,) = BatchNorm().backward(AT, x, y, [gradient()])
    assert common is not None
    assert alone is not None
    assert common.k[0, 0] == pytest.approx(0.0, abs=1e-3)
    assert alone.k[0, 0] == pytest.approx(1.0, abs=0.03)  # 1 − 2 / COUNT, over a variance of 0.99


def test_mvn_subtracts_each_samples_own_mean() -> None:
    (y,) = MVN().forward(AT, [independent(MAP, var=9.0, mean=5.0)])
    assert (y.mean, y.var) == (0.0, pytest.approx(1.0))
    (centred,) = MVN(variance=False).forward(AT, [independent(MAP, var=9.0, mean=5.0)])
    assert centred.var == pytest.approx(9 * (1 - 1 / 25))


def test_mvn_lets_no_gradient_through_that_a_sample_shares() -> None:
    x = [independent(MAP)]
    y = MVN().forward(AT, x)
    (common,) = MVN().backward(AT, x, y, [Grad(np.ones((2, N)))])
    assert common is not None
    assert common.k[0, 0] == pytest.approx(0.0, abs=2e-3)


@pytest.mark.parametrize("within", [False, True])
def test_lrn_without_alpha_is_a_factor(within: bool) -> None:
    layer, x = LRN(alpha=0.0, beta=1.0, bias=2.0, within=within), [independent(MAP, var=4.0)]
    y = layer.forward(AT, x)
    assert y[0].var == pytest.approx(1.0)
    (grad,) = layer.backward(AT, x, y, [gradient()])
    assert grad is not None
    assert grad.k[0, 0] == pytest.approx(0.25)


def test_lrn_of_large_numbers_leaves_little_of_them() -> None:
    """x / (k + α mean x²)^β with β = 1/2 and large α: the mean of squares becomes about 1 / α."""
    (y,) = LRN(size=101, alpha=4.0, beta=0.5).forward(AT, [independent(MAP, var=1e6)])
    assert y.var == pytest.approx(0.25, rel=0.03)


def test_channels_of_norm_1() -> None:
    layer, x = L2(scale=20.0), [independent(MAP, var=5.0)]
    y = layer.forward(AT, x)
    assert y[0].var * 3 == pytest.approx(400.0)
    (grad,) = layer.backward(AT, x, y, [gradient()])
    assert grad is not None
    assert grad.k[0, 0] == pytest.approx(400 / 15)


def test_a_blob_of_zeros_has_no_norm_to_divide_by() -> None:
    (y,) = L2().forward(AT, [independent(MAP, var=0.0)])
    assert y.var == 0.0
