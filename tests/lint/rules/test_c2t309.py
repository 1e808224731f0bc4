"""C2T309 no-snapshot."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.steady import steady

CODE = "C2T309"


@pytest.fixture
def folder(folder: Folder) -> Folder:
    return steady(folder)


def test_none_on_the_way(folder: Folder) -> None:
    folder.solver({"snapshot: 1000": "", "max_iter: 2000": "max_iter: 50000"})
    fires(folder, CODE, "all 50,000 iterations are lost", severity="warning")


def test_none_at_all(folder: Folder) -> None:
    folder.solver({"snapshot: 1000": "snapshot_after_train: false"})
    fires(folder, CODE, "the trained weights are lost", severity="warning")


def test_beyond_the_end_of_a_short_run(folder: Folder) -> None:
    folder.solver({"snapshot: 1000": "snapshot: 5000"})
    fires(folder, CODE, "snapshot 5,000 lies beyond", severity="info")


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_one_at_the_end(folder: Folder) -> None:
    check_noop(folder.solver({"snapshot: 1000": "snapshot: 2000"}), CODE)


def test_fix(folder: Folder) -> None:
    folder.solver({"snapshot: 1000": "snapshot_after_train: false"})
    assert "snapshot: 200" in check_fixed(folder, CODE)["solver.prototxt"]


def test_a_trial_is_left_alone(folder: Folder) -> None:
    """A snapshot at every iteration would take longer than the run."""
    check_noop(folder.solver({"snapshot: 1000": "", "max_iter: 2000": "max_iter: 10"}), CODE)


def test_snapshots_are_not_too_close(folder: Folder) -> None:
    folder.solver({"snapshot: 1000": "", "max_iter: 2000": "max_iter: 300"})
    assert fires(folder, CODE, severity="info").hint == "snapshot: 100"
