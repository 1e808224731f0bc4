"""C2T304 lr-never-decays."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires, only
from tests.lint.steady import steady

CODE = "C2T304"


@pytest.fixture
def folder(folder: Folder) -> Folder:
    return steady(folder)


POLICY = 'lr_policy: "multistep"'
STEPS = {"stepvalue: 1200": "", "stepvalue: 1600": ""}


def test_drops_beyond_the_end(folder: Folder) -> None:
    late = {"stepvalue: 1200": "stepvalue: 2400", "stepvalue: 1600": "stepvalue: 3000"}
    fires(folder.solver(late), CODE, "stepvalue 2,400", "max_iter 2,000", severity="warning")


def test_stepsize_beyond_the_end(folder: Folder) -> None:
    folder.solver({POLICY: 'lr_policy: "step" stepsize: 2000', **STEPS})
    fires(folder, CODE, "stepsize 2,000, lies beyond the end", severity="warning")


def test_constant_rate_of_a_short_run_is_an_info(folder: Folder) -> None:
    folder.solver({POLICY: 'lr_policy: "fixed"', "gamma: 0.1": "", **STEPS})
    fires(folder, CODE, 'lr_policy "fixed": the rate is still 0.02', severity="info")


def test_long_run_with_a_constant_rate(folder: Folder) -> None:
    folder.solver({POLICY: 'lr_policy: "fixed"', "gamma: 0.1": "", **STEPS})
    folder.solver({"max_iter: 2000": "max_iter: 100000"})
    fires(folder, CODE, severity="warning")


@pytest.mark.parametrize(
    "policy",
    [
        'lr_policy: "step" stepsize: 800',
        'lr_policy: "inv" power: 0.75',
        'lr_policy: "poly" power: 1',
    ],
)
def test_decays(folder: Folder, policy: str) -> None:
    check_noop(folder.solver({POLICY: policy, **STEPS}), CODE)


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_fix(folder: Folder) -> None:
    folder.solver({POLICY: 'lr_policy: "step"\nstepsize: 9000 # far away', **STEPS})
    assert "stepsize: 800 # far away" in check_fixed(folder, CODE)["solver.prototxt"]


@pytest.mark.parametrize(
    ("policy", "count"),
    [
        ('lr_policy: "step" gamma: 10 stepsize: 500', 1),
        ('lr_policy: "exp" gamma: 1.001', 1),
        ('lr_policy: "step" gamma: 0.1 stepsize: 500', 0),
    ],
)
def test_a_rate_that_rises(folder: Folder, policy: str, count: int) -> None:
    folder.solver({POLICY: policy, **STEPS, "gamma: 0.1\n": ""})
    found = only(folder.lint(), CODE)
    assert len(found) == count
    assert all("the rate rises from" in f.message for f in found)
