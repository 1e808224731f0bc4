"""C2T302 lr-too-low."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

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


@pytest.mark.parametrize("method", ["SGD", "Adam"])
def test_a_rate_of_zero_gets_one_to_start_with(folder: Folder, method: str) -> None:
    folder.solver({"base_lr: 0.02": f'base_lr: 0\ntype: "{method}"'})
    fixed = check_fixed(folder, CODE)
    start = "0.01" if method == "SGD" else "0.001"
    assert any(f"base_lr: {start}" in text for text in fixed.values())


def test_tiny_multipliers_are_the_cause_where_the_rate_is_usual(folder: Folder) -> None:
    slow = "  param { lr_mult: 1e-6 }\n  "
    text = chain(2).replace("  convolution_param", f"{slow}convolution_param")
    folder.write(net=text.replace("  inner_product_param", f"{slow}inner_product_param"))
    fires(folder, CODE, "lr_mult 1e-06 lets the weights move by only", severity="warning")
    check_fixed(folder, CODE)


def test_one_layer_that_is_slowed_down_is_left_alone(folder: Folder) -> None:
    head, score, tail = chain(2).partition('name: "score"')
    slow = "\n  param { lr_mult: 1e-6 }"
    check_noop(folder.write(net=head + score + slow + tail), CODE)
