"""C2T303 lr-policy-incomplete."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires

CODE = "C2T303"


def policy(folder: Folder, text: str) -> Folder:
    old = folder.solver_file.read_text(encoding="utf-8").splitlines()
    kept = [line for line in old if not line.startswith(("lr_policy", "gamma", "step"))]
    return folder.write(solver="\n".join([*kept, text]) + "\n")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('lr_policy: "step" stepsize: 100', "training ends there silently"),
        ('lr_policy: "exp"', "rate is 0 from iteration 1"),
        ('lr_policy: "step" gamma: 0.1', "stops at the first update"),
        ('lr_policy: "cosine"', "unknown"),
        ("", "lr_policy is missing"),
    ],
)
def test_errors(folder: Folder, text: str, says: str) -> None:
    fires(policy(folder, text), CODE, says, severity="error")


def test_constant_rate_is_a_warning(folder: Folder) -> None:
    fires(policy(folder, 'lr_policy: "poly"'), CODE, "never falls", severity="warning")


@pytest.mark.parametrize(
    "text",
    [
        'lr_policy: "fixed"',
        'lr_policy: "step" gamma: 0.1 stepsize: 100',
        'lr_policy: "inv" gamma: 0.0001 power: 0.75',
        'lr_policy: "poly" power: 1',
    ],
)
def test_complete(folder: Folder, text: str) -> None:
    check_noop(policy(folder, text), CODE)


def test_fix(folder: Folder) -> None:
    texts = check_fixed(policy(folder, 'lr_policy: "step"\nstepsize: 100\n'), CODE)
    assert "gamma: 0.1" in texts["solver.prototxt"]


def test_what_a_template_leaves_open_is_not_missing(folder: Folder) -> None:
    open_ = policy(folder, 'lr_policy: "step" gamma: ${GAMMA} stepsize: ${STEP}')
    check_noop(open_, CODE)
    fires(open_, "C2T002", '"gamma" is left open')
