"""C2T319 field-without-effect."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.steady import steady

CODE = "C2T319"


@pytest.fixture
def folder(folder: Folder) -> Folder:
    return steady(folder)


POLICY = 'lr_policy: "multistep"'


@pytest.mark.parametrize(
    ("changes", "says", "severity"),
    [
        ({POLICY: 'lr_policy: "fixed"'}, "gamma 0.1, stepvalue 1200, 1600", "warning"),
        ({POLICY: POLICY + " power: 0.75"}, 'lr_policy "multistep" reads no power 0.75', "info"),
        ({"": "momentum2: 0.99"}, "SGD reads no momentum2 0.99", "info"),
        (
            {"display: 100": "average_loss: 20"},
            "without display nothing shows average_loss",
            "info",
        ),
    ],
)
def test_unread(folder: Folder, changes: dict[str, str], says: str, severity: str) -> None:
    fires(folder.solver(changes), CODE, says, severity=severity)


@pytest.mark.parametrize(
    "changes",
    [
        {"": "average_loss: 20"},
        {"momentum: 0.9": 'type: "Adam" momentum: 0.9 momentum2: 0.99 delta: 1e-6'},
    ],
)
def test_read(folder: Folder, changes: dict[str, str]) -> None:
    check_noop(folder.solver(changes), CODE)


def test_an_unknown_policy_is_another_matter(folder: Folder) -> None:
    check_noop(folder.solver({POLICY: 'lr_policy: "cosine"'}), CODE)


def test_fix(folder: Folder) -> None:
    folder.solver({POLICY: 'lr_policy: "fixed" # no decay'})
    text = check_fixed(folder, CODE)["solver.prototxt"]
    assert "gamma" not in text
    assert "stepvalue" not in text
