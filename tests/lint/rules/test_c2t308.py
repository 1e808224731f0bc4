"""C2T308 weight-decay-range."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.steady import steady

CODE = "C2T308"


@pytest.fixture
def folder(folder: Folder) -> Folder:
    return steady(folder)


DECAY = "weight_decay: 0.0005"


@pytest.mark.parametrize(
    ("decay", "severity"),
    [
        ("weight_decay: 0.1", "warning"),
        ("weight_decay: 0.5", "error"),
        ("weight_decay: -0.0005", "error"),
        ('weight_decay: 0.02 regularization_type: "L1"', "warning"),
        ('weight_decay: 0.05 regularization_type: "L1"', "error"),
    ],
)
def test_out_of_range(folder: Folder, decay: str, severity: str) -> None:
    fires(folder.solver({DECAY: decay}), CODE, "weight_decay", severity=severity)


def test_unknown_type(folder: Folder) -> None:
    folder.solver({"": 'regularization_type: "L3"'})
    fires(folder, CODE, '"L3" is unknown', severity="error")


@pytest.mark.parametrize(
    "decay", ["", "weight_decay: 0.01", 'weight_decay: 0.0005 regularization_type: "L1"']
)
def test_usual(folder: Folder, decay: str) -> None:
    check_noop(folder.solver({DECAY: decay}), CODE)


@pytest.mark.parametrize("decay", ["weight_decay: 5", DECAY + ' regularization_type: "l2"'])
def test_fix(folder: Folder, decay: str) -> None:
    assert DECAY in check_fixed(folder.solver({DECAY: decay}), CODE)["solver.prototxt"]


@pytest.mark.parametrize(
    ("rate", "severity"), [("1e-6", "info"), ("3e-5", "warning"), ("0.02", "error")]
)
def test_what_it_takes_off_the_weights_counts(folder: Folder, rate: str, severity: str) -> None:
    """weight_decay 10 at 1e-6 over 2,000 iterations: 1 − exp(−0.15) of the weights."""
    folder.solver({DECAY: "weight_decay: 10", "base_lr: 0.02": f"base_lr: {rate}"})
    fires(folder, CODE, severity=severity)
