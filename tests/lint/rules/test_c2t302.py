"""C2T302 lr-too-low."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires

CODE = "C2T302"


def rate(folder: Folder, value: str) -> Folder:
    return folder.solver({"base_lr: 0.02": value})


def test_missing(folder: Folder) -> None:
    fires(rate(folder, ""), CODE, "nothing is ever updated", severity="error")


def test_tiny(folder: Folder) -> None:
    fires(
        rate(folder, "base_lr: 1e-7"), CODE, "base_lr 1e-07 moves the weights", severity="warning"
    )


def test_usual(folder: Folder) -> None:
    check_noop(rate(folder, "base_lr: 0.01"), CODE)


def test_low_but_not_hopeless(folder: Folder) -> None:
    check_noop(rate(folder, "base_lr: 0.0001"), CODE)


def test_fix(folder: Folder) -> None:
    check_fixed(rate(folder, "base_lr: 1e-7"), CODE)


def test_a_template_leaves_the_rate_open(folder: Folder) -> None:
    """C2T002 says that it is no number; that it is 0 would be a second, wrong finding."""
    folder.solver({"base_lr: 0.02": "base_lr: GRIDVALUE"})
    check_noop(folder, CODE)
    assert "C2T002" in [f.code for f in folder.lint()]


def test_no_rate_at_all(folder: Folder) -> None:
    folder.solver({"base_lr: 0.02": ""})
    fires(folder, CODE, "base_lr is missing", "a program is to set it", severity="error")
