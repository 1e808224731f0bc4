"""C2T307 momentum-range."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.steady import steady

CODE = "C2T307"


@pytest.fixture
def folder(folder: Folder) -> Folder:
    return steady(folder)


MOMENTUM = "momentum: 0.9"


@pytest.mark.parametrize("momentum", ["9", "1", "-0.9"])
def test_out_of_range(folder: Folder, momentum: str) -> None:
    folder.solver({MOMENTUM: f"momentum: {momentum}"})
    fires(folder, CODE, f"momentum {momentum} is out of range", severity="error")


def test_steps_too_long_for_this_reason_alone(folder: Folder) -> None:
    """Trained for 300 steps: 98 % with 0.99, chance with 0.999."""
    folder.solver({MOMENTUM: "momentum: 0.99"})
    fires(folder, CODE, "multiplies every update by 100", "or base_lr: 0.002", severity="warning")
    folder.solver({"momentum: 0.99": "momentum: 0.999"})
    fires(folder, CODE, "multiplies every update by 1,000", severity="warning")


def test_none_is_an_info(folder: Folder) -> None:
    fires(folder.solver({MOMENTUM: ""}), CODE, "plain SGD", severity="info")
    fires(folder.solver({"": 'type: "Nesterov"'}), CODE, "the same as SGD")


@pytest.mark.parametrize(
    "method",
    ['type: "Adam" momentum: 0.9 momentum2: 1', 'type: "RMSProp" rms_decay: 1.5'],
)
def test_other_memories(folder: Folder, method: str) -> None:
    fires(folder.solver({MOMENTUM: method}), CODE, "is out of range", severity="error")


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_long_memory_with_a_small_rate(folder: Folder) -> None:
    folder.solver({MOMENTUM: "momentum: 0.99", "base_lr: 0.02": "base_lr: 0.0005"})
    check_noop(folder, CODE)


def test_methods_without(folder: Folder) -> None:
    check_noop(folder.solver({MOMENTUM: 'type: "RMSProp" rms_decay: 0.98'}), CODE)


@pytest.mark.parametrize("momentum", ["momentum: 9", 'type: "Adam" momentum: 0.9 momentum2: 0'])
def test_fix(folder: Folder, momentum: str) -> None:
    check_fixed(folder.solver({MOMENTUM: momentum}), CODE)
