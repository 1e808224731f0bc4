"""C2T202 signal-explodes."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T202"


def test_msra_on_raw_pixels(folder: Folder) -> None:
    fires(folder.write(net=chain(10, "msra", scale=1)), CODE, "logits have std", severity="error")


def test_adaptive_methods_bear_it(folder: Folder) -> None:
    folder.write(net=chain(10, "msra", scale=1)).solver({"": '\ntype: "Adam"\n'})
    fires(folder, CODE, severity="warning")


def test_healthy(folder: Folder) -> None:
    check_noop(folder.write(net=chain(10, "msra")), CODE)


def test_xavier_and_raw_pixels_pay_for_each_other(folder: Folder) -> None:
    check_noop(folder.write(net=chain(14, "xavier", scale=1)), CODE)


def test_fix(folder: Folder) -> None:
    check_fixed(folder.write(net=chain(10, "msra", scale=1)), CODE)


def test_small_steps_bear_it(folder: Folder) -> None:
    """Trained at a logit std of 100 and steps of 0.02: 89 %, of 97."""
    folder.write(net=chain(10, "msra", scale=1)).solver({"base_lr: 0.02": "base_lr: 0.000001"})
    fires(folder, CODE, "is to take that back", severity="warning")
