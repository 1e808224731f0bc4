"""C2T316 no-random-seed."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.steady import steady

CODE = "C2T316"


@pytest.fixture
def folder(folder: Folder) -> Folder:
    return steady(folder)


SEED = "random_seed: 1"


@pytest.mark.parametrize("seed", ["", "random_seed: -1"])
def test_missing(folder: Folder, seed: str) -> None:
    fires(folder.solver({SEED: seed}), CODE, "no run can be repeated", severity="info")


@pytest.mark.parametrize("seed", ["random_seed: 0", "random_seed: 1234"])
def test_given(folder: Folder, seed: str) -> None:
    check_noop(folder.solver({SEED: seed}), CODE)


def test_fix(folder: Folder) -> None:
    assert SEED in check_fixed(folder.solver({SEED: ""}), CODE)["solver.prototxt"]
