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
