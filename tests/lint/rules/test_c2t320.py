"""C2T320 mode-default."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.steady import steady

CODE = "C2T320"


@pytest.fixture
def folder(folder: Folder) -> Folder:
    return steady(folder)


MODE = "solver_mode: CPU"


def test_missing(folder: Folder) -> None:
    fires(folder.solver({MODE: ""}), CODE, "trains on the CPU", severity="info")


def test_a_comment_is_none(folder: Folder) -> None:
    fires(folder.solver({MODE: "# solver_mode: GPU"}), CODE, severity="info")


@pytest.mark.parametrize("mode", ["CPU", "GPU"])
def test_written(folder: Folder, mode: str) -> None:
    check_noop(folder.solver({MODE: f"solver_mode: {mode}"}), CODE)


def test_fix(folder: Folder) -> None:
    assert "solver_mode: GPU" in check_fixed(folder.solver({MODE: ""}), CODE)["solver.prototxt"]
