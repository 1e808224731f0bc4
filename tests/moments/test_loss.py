"""Losses at scores of 0, of which everything is known, and at random ones."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.moments import loss
from caffe2torch.moments.base import Place
from caffe2torch.moments.lags import N
from caffe2torch.moments.loss import (
    FLOOR,
    HingeLoss,
    LogLoss,
    Loss,
    SigmoidLoss,
    Softmax,
    SoftmaxLoss,
    SquaredLoss,
    gradient,
    log_sum_exp,
)
from tests.moments import blobs
from tests.moments.blobs import independent, place

SCORES = (4, 10)
ZERO = independent(SCORES, var=0.0)


def losing(weight: float = 1.0, **loss_param: object) -> Place:
    param = pb.LayerParameter(loss_param=pb.LossParameter(**loss_param))
    return place([SCORES, (4,)], [()], (weight,), param=param)


def test_log_sum_exp_does_not_overflow() -> None:
    np.testing.assert_allclose(log_sum_exp(np.array([[0.0, 0.0], [1000.0, 0.0]])), [log(2), 1000])


def test_softmax_of_scores_of_0() -> None:
    """Every class has p = 1/C: loss ln C, Σ (p − y)² = 1 − 1/C, largest curvature p."""
    layer = SoftmaxLoss()
    assert layer.classes(ZERO) == 10
    assert layer.expected(losing(), [ZERO]) == pytest.approx(log(10))
    assert layer.displayed(ZERO) == pytest.approx(log(10))
    assert layer.chance(losing(), [ZERO]) == pytest.approx(log(10))
    grad, labels = layer.backward(losing(2.0), [ZERO, ZERO], [], [])
    assert labels is None
    assert grad is not None
    assert grad.k[0, 0] == pytest.approx((2 / 4) ** 2 * (1 - 1 / 10) / 10)
    assert grad.k[1, 0] == pytest.approx(0.0)  # labels of two samples are independent
    assert layer.second(losing(), ZERO) == pytest.approx(1 / 10 / 10 / 4)


def test_softmax_of_random_scores_costs_more() -> None:
    """Scores of std 2: E log Σ exp z, against 4000 other draws."""
    draws = 2 * np.random.default_rng(1).standard_normal((4000, 10))
    expected = float(np.log(np.exp(draws).sum(1)).mean())
    scores = independent(SCORES, var=4.0)
    assert SoftmaxLoss().expected(losing(), [scores]) == pytest.approx(expected, rel=0.03)


def test_no_displayed_loss_is_above_minus_the_logarithm_of_the_smallest_float() -> None:
    huge = independent(SCORES, var=1e10)
    assert SoftmaxLoss().expected(losing(), [huge]) > 1e4
    assert SoftmaxLoss().displayed(huge) == pytest.approx(0.9 * FLOOR, rel=0.01)


@pytest.mark.parametrize(
    ("fields", "divisor"),
    [
        ({}, 4 * 6),
        ({"normalization": pb.LossParameter.NONE}, 1),
        ({"normalization": pb.LossParameter.BATCH_SIZE}, 4),
        ({"normalization": pb.LossParameter.FULL}, 24),
        ({"normalize": False}, 4),
        ({"normalize": True}, 24),
    ],
)
def test_what_a_loss_is_divided_by(fields: dict[str, object], divisor: int) -> None:
    """Of 4 samples of 2 × 3 places. Source: Caffe loss_layer.cpp, GetNormalizer."""
    assert Loss().divisor(losing(**fields), independent((4, 10, 2, 3))) == divisor


def test_a_loss_of_which_nothing_is_known() -> None:
    assert Loss().expected(losing(), [ZERO]) is None
    assert Loss().chance(losing(), [ZERO]) is None
    assert Loss().curvature(losing(), ZERO, 1.0) is None
    (y,) = Loss().forward(losing(), [ZERO])
    assert (y.shape, y.var) == ((), 0.0)


def test_curvature_is_sent_down_by_sample_and_place() -> None:
    grad = SoftmaxLoss().curvature(losing(3.0), ZERO, shared=0.5)
    assert grad is not None
    value = 3.0 / 400 / 4  # loss weight × second / samples
    assert grad.k[0, 0] == pytest.approx(value)
    assert grad.k[1, 0] == pytest.approx(value / 2)


def test_squared_distance_to_a_known_target() -> None:
    """Σ (a − b)² / 2N over three units: 3 (1 + 3) / 2; its gradient is (a − b) / N."""
    x = [independent((4, 3), var=1.0), independent((4, 3), var=3.0)]
    assert SquaredLoss().expected(losing(), x) == pytest.approx(6.0)
    first, second = SquaredLoss().backward(losing(2.0), x, [], [])
    assert first is second
    assert first is not None
    assert first.k[0, 0] == pytest.approx(4 * (2 / 4) ** 2)
    assert SquaredLoss().second(losing(), x[0]) == pytest.approx(1 / 4 / 3)


def test_an_unknown_target_gives_no_expected_loss() -> None:
    assert SquaredLoss().expected(losing(), [independent((4, 3))]) is None
    (grad,) = SquaredLoss().backward(losing(), [independent((4, 3))], [], [])
    assert grad is not None
    assert grad.k[0, 0] == pytest.approx(2 / 16)  # taken for variance 1


def test_cross_entropy_of_sigmoids_of_0() -> None:
    """ln 2 a unit, (σ − t)² = 1/4, σ (1 − σ) = 1/4; divided by the batch size."""
    layer = SigmoidLoss()
    assert layer.expected(losing(), [ZERO]) == pytest.approx(10 * log(2))
    assert layer.chance(losing(), [ZERO]) == pytest.approx(10 * log(2))
    (grad,) = layer.backward(losing(), [ZERO], [], [])
    assert grad is not None
    assert grad.k[0, 0] == pytest.approx(0.25 / 16)
    assert layer.second(losing(), ZERO) == pytest.approx(0.25 / 4 / 10)


@pytest.mark.parametrize(("squared", "slope"), [(False, 1), (True, 2)])
def test_hinge_of_scores_of_0(squared: bool, slope: int) -> None:
    """Every class costs 1; nine are pushed down and one up, by 1 (L1) or 2 (L2)."""
    layer = HingeLoss(squared)
    assert layer.expected(losing(), [ZERO]) == pytest.approx(10)
    assert layer.chance(losing(), [ZERO]) == 10
    (grad,) = layer.backward(losing(), [ZERO], [], [])
    assert grad is not None
    assert grad.k[0, 0] == pytest.approx(slope**2 / 16)
    assert grad.k[1, 0] == pytest.approx((0.8 * slope) ** 2 / 16)


def test_logarithm_of_probabilities() -> None:
    p = independent((4, 4), var=0.0, mean=0.25)
    assert LogLoss().classes(p) == 4
    assert LogLoss().expected(losing(), [p]) == pytest.approx(log(4))
    assert LogLoss().chance(losing(), [p]) == pytest.approx(log(4))
    (grad,) = LogLoss().backward(losing(), [p], [], [])
    assert grad is not None
    assert grad.k[0, 0] == pytest.approx((1 / 4 / 0.25) ** 2 / 4)


def test_shares_of_scores_of_0() -> None:
    """p = 1/C; of the Jacobian diag(p) − ppᵀ the mean square of an entry's row is p² (1 − p)."""
    at = place([SCORES], [SCORES])
    (y,) = Softmax().forward(at, [ZERO])
    assert (y.mean, y.var) == (pytest.approx(0.1), pytest.approx(0.0))
    (grad,) = Softmax().backward(at, [ZERO], [y], [blobs.gradient()])
    assert grad is not None
    assert grad.k[0, 0] == pytest.approx(0.1**2 * 0.9)


def test_gradient_of_samples() -> None:
    grad = gradient(np.full(19, 2.0), 0.5)
    assert grad.k[0].tolist() == [2.0] * 19
    assert grad.k[1].tolist() == [0.5] * 19


@pytest.mark.parametrize("kind", [SoftmaxLoss(), Softmax()])
def test_of_very_many_classes_a_part_stands_for_all(
    kind: SoftmaxLoss | Softmax, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = independent((4, 6000), var=0.5)

    def results() -> list[float]:
        loss._draws.cache_clear()
        loss._probabilities.cache_clear()
        at = place([(4, 6000)], [(4, 6000)] if isinstance(kind, Softmax) else [()])
        out = kind.forward(at, [x])[0]
        if isinstance(kind, Softmax):
            down = kind.backward(at, [x], [out], [gradient(np.ones(N), 1.0)])[0]
            assert down is not None
            return [out.mean, float(out.k[0, 0]), float(down.k[0, 0])]
        down = kind.backward(at, [x], [out], [])[0]
        assert down is not None
        second = kind.second(at, x)
        assert second is not None
        return [kind.expected(at, [x]), kind.displayed(x), float(down.k[0, 0]), second]

    whole = results()
    monkeypatch.setattr(loss, "MOST", 1500)
    assert results() == pytest.approx(whole, rel=0.05)
    loss._draws.cache_clear()
    loss._probabilities.cache_clear()
