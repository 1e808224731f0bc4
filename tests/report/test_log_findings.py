"""What logs show of runs that did not learn, and nothing of those that did."""

from __future__ import annotations

import math

import pytest

from caffe2torch.report.caffe_log import Log
from caffe2torch.report.log_findings import observe, restarts


def codes(log: Log) -> list[str]:
    return [seen.code for seen in observe(log)]


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
def test_no_number_is_told_with_its_iteration(loss: float) -> None:
    (seen,) = observe(Log(losses={0: 2.0, 100: loss, 200: loss}))
    assert (seen.code, seen.iteration, seen.fatal) == ("C2T608", 100, True)
    assert "base_lr" in seen.advice


def test_the_limit_of_softmax_counts_from_the_second_time_on() -> None:
    assert codes(Log(losses={0: 2.0, 100: 87.3365})) == []
    (seen,) = observe(Log(losses={0: 2.0, 100: 87.3365, 200: 87.3365}))
    assert (seen.code, seen.iteration) == ("C2T609", 100)


def flat(loss: float, count: int = 12) -> dict[int, float]:
    return {100 * i: loss + 0.001 * (-1) ** i for i in range(count)}


def test_a_plateau_needs_the_number_of_classes_and_some_losses() -> None:
    assert codes(Log(losses=flat(math.log(10)))) == []
    assert codes(Log(losses=flat(math.log(10)), classes=10)) == ["C2T606"]
    assert codes(Log(losses=flat(math.log(10), 8), classes=10)) == []
    assert codes(Log(losses=flat(math.log(10) - 0.1), classes=10)) == []


def test_a_net_of_three_losses_is_at_chance_where_each_of_them_is() -> None:
    chance = math.log(1000)
    train = {"loss1": flat(chance), "loss2": flat(chance), "loss3": flat(chance)}
    log = Log(losses=flat(1.6 * chance), train=train, classes=1000)
    assert codes(log) == ["C2T606"]
    train["loss3"] = flat(2.0)
    assert codes(log) == []


def test_a_frozen_score() -> None:
    tests = {(0, "accuracy"): dict.fromkeys((0, 100, 200, 300), 0.1)}
    assert codes(Log(losses={0: 2.0, 300: 1.9}, tests=tests)) == ["C2T607"]
    tests[0, "accuracy"][300] = 0.2
    assert codes(Log(losses={0: 2.0, 300: 1.9}, tests=tests)) == []


def test_restarts_are_named_from_the_second_run_on() -> None:
    assert restarts(Log(starts=[0])) == ""
    assert restarts(Log(starts=[0, 40])).endswith("2 runs, which begin at iterations 0, 40")
