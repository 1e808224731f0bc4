"""C2T313 method-lr."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.steady import steady

CODE = "C2T313"


@pytest.fixture
def folder(folder: Folder) -> Folder:
    return steady(folder)


SGD = {"momentum: 0.9": "", "base_lr: 0.02": ""}


@pytest.mark.parametrize(
    ("method", "says", "severity"),
    [
        ('type: "Adam" momentum: 0.9 base_lr: 0.1', "1.1 of its size", "error"),
        ('type: "Adam" momentum: 0.9 base_lr: 0.03', "0.34 of its size", "warning"),
        ('type: "RMSProp" base_lr: 0.1', "of its size", "error"),
        ('type: "AdaGrad" base_lr: 0.0001', "nothing is learned", "warning"),
        ('type: "AdaDelta" momentum: 0.95 base_lr: 0.001', "1 leaves them as they are", "error"),
        ('type: "AdaDelta" momentum: 0.95 base_lr: 0.01', "1 leaves them", "warning"),
    ],
)
def test_rate_of_another_method(folder: Folder, method: str, says: str, severity: str) -> None:
    fires(folder.solver(SGD).solver({"": method}), CODE, says, severity=severity)


@pytest.mark.parametrize(
    "method",
    [
        'type: "Adam" momentum: 0.9 base_lr: 0.001',
        'type: "RMSProp" base_lr: 0.003',
        'type: "AdaGrad" base_lr: 0.01',
        'type: "AdaDelta" momentum: 0.95 base_lr: 1',
        "momentum: 0.9 base_lr: 0.02",
    ],
)
def test_its_own(folder: Folder, method: str) -> None:
    check_noop(folder.solver(SGD).solver({"": method}), CODE)


def test_fine_tuning_may_be_slow(folder: Folder) -> None:
    folder.weights = "digits.caffemodel"
    folder.solver(SGD).solver({"": 'type: "AdaGrad" base_lr: 0.0001'})
    check_noop(folder, CODE)


@pytest.mark.parametrize("method", ["Adam", "AdaDelta"])
def test_fix(folder: Folder, method: str) -> None:
    rate = {"Adam": "0.1", "AdaDelta": "0.001"}[method]
    folder.solver(SGD).solver({"": f'type: "{method}" momentum: 0.9 base_lr: {rate}'})
    usual = {"Adam": "base_lr: 0.001", "AdaDelta": "base_lr: 1"}[method]
    assert usual in check_fixed(folder, CODE)["solver.prototxt"]


def test_a_long_run_makes_up_for_a_low_rate_of_adadelta(folder: Folder) -> None:
    folder.solver({"momentum: 0.9": "", "base_lr: 0.02": "", "max_iter: 2000": "max_iter: 500000"})
    folder.solver({"": 'type: "AdaDelta" momentum: 0.95 base_lr: 0.001\n'})
    fires(folder, CODE, "too low for AdaDelta", severity="warning")


def test_small_weights_do_not_make_the_usual_rate_of_adam_too_high(folder: Folder) -> None:
    """A proposed rate above the one that is called too high would be nonsense."""
    folder.net({'type: "msra"': 'type: "gaussian" std: 0.0005'})
    folder.solver({"momentum: 0.9": "", "base_lr: 0.02": 'type: "Adam" base_lr: 0.0005'})
    check_noop(folder, CODE)
