"""C2T305 lr-decays-to-nothing."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.steady import steady

CODE = "C2T305"


@pytest.fixture
def folder(folder: Folder) -> Folder:
    return steady(folder)


POLICY = {
    'lr_policy: "multistep"': "",
    "stepvalue: 1200": "",
    "stepvalue: 1600": "",
    "gamma: 0.1": "",
}


@pytest.mark.parametrize(
    ("policy", "gone", "severity"),
    [
        ('lr_policy: "step" gamma: 0.1 stepsize: 20', "from iteration 120", "warning"),
        ('lr_policy: "exp" gamma: 0.99', "from iteration 1,375", ""),
        ('lr_policy: "exp" gamma: 0.1', "from iteration 6", "error"),
        ('lr_policy: "multistep" gamma: 1e-7 stepvalue: 5', "from iteration 5", "error"),
    ],
)
def test_gone(folder: Folder, policy: str, gone: str, severity: str) -> None:
    folder.solver(POLICY).solver({"": policy})
    if not severity:  # it is gone, but not for half of the run
        check_noop(folder, CODE)
        return
    fires(folder, CODE, gone, "change nothing", severity=severity)


@pytest.mark.parametrize(
    "policy",
    [
        'lr_policy: "step" gamma: 0.1 stepsize: 500',
        'lr_policy: "exp" gamma: 0.997',
        'lr_policy: "poly" power: 4',
        'lr_policy: "sigmoid" gamma: 0.01 stepsize: 1000',
    ],
)
def test_enough_is_left(folder: Folder, policy: str) -> None:
    check_noop(folder.solver(POLICY).solver({"": policy}), CODE)


@pytest.mark.parametrize(
    ("policy", "fixed"),
    [
        ('lr_policy: "step" gamma: 0.1 stepsize: 20', "stepsize: 666"),
        ('lr_policy: "exp" gamma: 0.9', "gamma: 0.99655"),
    ],
)
def test_fix(folder: Folder, policy: str, fixed: str) -> None:
    folder.solver(POLICY).solver({"": policy})
    assert fixed in check_fixed(folder, CODE)["solver.prototxt"]
