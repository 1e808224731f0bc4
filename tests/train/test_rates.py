"""The rates that Caffe's policies do not give, worked out by hand."""

from __future__ import annotations

import pytest

from caffe2torch.config import policies
from caffe2torch.module.extras import Extras
from caffe2torch.train.rates import Cosine, WarmUp, extended


def test_cosine() -> None:
    policy = Cosine(0.2, max_iter=4)
    rates = [0.2, 0.2 * 0.8535534, 0.1, 0.2 * 0.1464466, 0.0, 0.0]
    assert [policy.rate(i) for i in range(6)] == pytest.approx(rates, abs=1e-8)
    assert Cosine(0.2, max_iter=0).rate(0) == pytest.approx(0.0, abs=1e-9)


def test_a_warm_up_rises_to_the_policy() -> None:
    step = policies.find("step")(0.8, gamma=0.5, stepsize=3)
    policy = WarmUp(step, 4)
    assert [policy.rate(i) for i in range(7)] == pytest.approx([0.2, 0.4, 0.6, 0.4, 0.4, 0.4, 0.2])
    assert policy.current_step == step.current_step == 2
    policy.current_step = 7
    assert step.current_step == 7 and policy.base_lr == 0.8


def test_the_extras_choose() -> None:
    fixed = policies.find("fixed")(0.5)
    assert extended(fixed, Extras(), 10) is fixed
    both = extended(fixed, Extras(lr_policy="cosine", warmup_iters=2), 10)
    assert both.rate(0) == pytest.approx(0.25) and both.rate(10) == 0.0
