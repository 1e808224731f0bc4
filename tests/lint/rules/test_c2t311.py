"""C2T311 silent-run."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.steady import steady

CODE = "C2T311"


@pytest.fixture
def folder(folder: Folder) -> Folder:
    return steady(folder)


NO_TESTS = {"test_iter: 6": "", "test_interval: 200": ""}


def test_blind(folder: Folder) -> None:
    folder.solver({"display: 100": "", **NO_TESTS})
    fires(folder, CODE, "no loss is printed over 2,000", "no test either", severity="warning")


def test_beyond_the_end(folder: Folder) -> None:
    folder.solver({"display: 100": "display: 5000", **NO_TESTS})
    fires(folder, CODE, "display 5,000 is not reached", severity="warning")


def test_a_single_iteration_is_shown(folder: Folder) -> None:
    folder.solver({"display: 100": "display: 1", "max_iter: 2000": "max_iter: 1", **NO_TESTS})
    check_noop(folder, CODE)


def test_tests_only(folder: Folder) -> None:
    fires(folder.solver({"display: 100": "display: 0"}), CODE, "every 200", severity="warning")


def test_a_program_may_print(folder: Folder) -> None:
    folder.solver({"display: 100": "", **NO_TESTS})
    folder.net({"": 'layer { name: "p" type: "Python" bottom: "ip2" top: "p" }'})
    fires(folder, CODE, "no loss is printed", severity="info")


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_losses_without_tests(folder: Folder) -> None:
    check_noop(folder.solver(NO_TESTS), CODE)


def test_fix(folder: Folder) -> None:
    assert (
        "display: 20" in check_fixed(folder.solver({"display: 100": ""}), CODE)["solver.prototxt"]
    )
