"""Functions of normal numbers: closed forms, and what summing over nodes gives for the same."""

from __future__ import annotations

from math import asin, erf, exp, pi, sqrt

import numpy as np
import pytest

from caffe2torch.moments.activation import Activation, cdf, pdf, rectifier

STANDARD = (0.0, 1.0)
RELU = Activation(lambda x: np.maximum(x, 0), lambda x: (x > 0).astype(float))
"""ReLU without its closed form: what the sums over nodes make of it."""


def phi(x: float) -> float:
    return 0.5 * (1 + erf(x / sqrt(2)))


def test_distribution_and_density() -> None:
    x = np.linspace(-9, 9, 73)
    np.testing.assert_allclose(cdf(x), [phi(float(v)) for v in x], atol=2e-7)
    np.testing.assert_allclose(
        pdf(np.array([0.0, 2.0])), [1 / sqrt(2 * pi), exp(-2) / sqrt(2 * pi)]
    )
    np.testing.assert_allclose(cdf(np.array([-1e6, 1e6])), [0, 1], atol=1e-300)


def test_mean_of_a_rectified_number() -> None:
    """E[max(u, 0)] = m Φ(m / s) + s φ(m / s)."""
    assert rectifier().mean(0.0, 1.0) == pytest.approx(1 / sqrt(2 * pi))
    assert rectifier().mean(1.0, 1.0) == pytest.approx(phi(1) + exp(-0.5) / sqrt(2 * pi))
    assert rectifier().mean(-3.0, 0.0) == 0.0
    assert rectifier().mean(3.0, 0.0) == 3.0
    assert RELU.mean(1.0, 1.0) == pytest.approx(rectifier().mean(1.0, 1.0), rel=1e-3)


@pytest.mark.parametrize(
    ("rho", "expected"), [(1.0, 0.5), (0.0, 1 / (2 * pi)), (-1.0, 0.0), (0.5, 0.3044989)]
)
def test_product_of_two_rectified_numbers(rho: float, expected: float) -> None:
    """(√(1 − ρ²) + ρ (π − arccos ρ)) / 2π of Cho and Saul 2009, n = 1."""
    assert rectifier().dual(STANDARD, STANDARD, np.array(rho)) == pytest.approx(expected, abs=1e-6)
    assert RELU.dual(STANDARD, STANDARD, np.array(rho)) == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize("rho", [-0.9, -0.3, 0.0, 0.6, 1.0])
def test_both_slopes_are_1_in_a_quarter_and_what_correlation_adds(rho: float) -> None:
    both = 0.25 + asin(rho) / (2 * pi)
    assert rectifier().dual_slope(STANDARD, np.array(rho)) == pytest.approx(both)


def test_slopes_of_numbers_with_a_mean() -> None:
    normal, cov = (2.0, 4.0), np.array([0.0, 4.0])  # positive with probability Φ(1)
    # 0.6 %: at ρ = 1 the step lies on the first node of the sum over u
    expected = [phi(1) ** 2, phi(1)]
    np.testing.assert_allclose(rectifier().dual_slope(normal, cov), expected, rtol=6e-3)


@pytest.mark.parametrize("leak", [0.1, 0.5])
def test_a_leaky_rectifier_is_a_mean_of_relu_and_identity(leak: float) -> None:
    """f(x) = leak x + (1 − leak) max(x, 0); with u = v: E f² = (1 + leak²) / 2."""
    leaky = rectifier(leak)
    assert leaky.mean(0.0, 1.0) == pytest.approx((1 - leak) / sqrt(2 * pi))
    assert leaky.dual(STANDARD, STANDARD, np.array(1.0)) == pytest.approx((1 + leak**2) / 2)
    assert leaky.dual_slope(STANDARD, np.array(1.0)) == pytest.approx((1 + leak**2) / 2)
    np.testing.assert_allclose(leaky.f(np.array([-2.0, 3.0])), [-2 * leak, 3])


def test_a_slope_of_1_is_the_identity() -> None:
    a, b, cov = (2.0, 3.0), (-1.0, 2.0), np.array([1.5])
    np.testing.assert_allclose(rectifier(1.0).dual(a, b, cov), cov + 2.0 * -1.0)


def test_a_negative_slope_is_not_increasing() -> None:
    assert rectifier(0.1).increasing
    assert not rectifier(-0.1).increasing


@pytest.mark.parametrize("rho", [-0.5, 0.0, 0.8, 1.0])
def test_products_by_sums_over_nodes(rho: float) -> None:
    """For u, v standard normal: E[uv] = ρ, and E[u²v²] = 1 + 2ρ²."""
    identity = Activation(lambda x: x, np.ones_like, homogeneous=True)
    square = Activation(np.square, lambda x: 2 * x, increasing=False)
    assert identity.dual(STANDARD, STANDARD, np.array(rho)) == pytest.approx(rho, abs=1e-4)
    assert square.dual(STANDARD, STANDARD, np.array(rho)) == pytest.approx(1 + 2 * rho**2, rel=1e-3)
    assert square.dual_slope(STANDARD, np.array(rho)) == pytest.approx(4 * rho, abs=1e-3)
    assert identity.dual_tilt((3.0, 4.0), np.array(4 * rho)) == pytest.approx(rho, abs=1e-4)


def test_a_number_that_does_not_vary() -> None:
    square = Activation(np.square, lambda x: 2 * x)
    assert square.dual((3.0, 0.0), (0.0, 1.0), np.array(0.0)) == pytest.approx(9.0, rel=1e-6)
    assert rectifier().dual((2.0, 0.0), (3.0, 0.0), np.array([0.0])).tolist() == [6.0]


def test_the_rectifier_agrees_with_the_sums_over_nodes_where_the_mean_is_not_0() -> None:
    a, b, cov = (0.7, 1.5), (-0.4, 0.8), np.array([-0.6, 0.0, 0.5])
    np.testing.assert_allclose(rectifier().dual(a, b, cov), RELU.dual(a, b, cov), atol=3e-3)
    np.testing.assert_allclose(
        rectifier().dual_tilt(a, cov), RELU.dual_tilt(a, cov), atol=1e-12
    )  # for which there is no closed form
