"""C2T312 epochs-implausible."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_noop, fires
from tests.lint.steady import steady

CODE = "C2T312"


@pytest.fixture
def folder(folder: Folder) -> Folder:
    return steady(folder)


ITERATIONS = "max_iter: 2000"


@pytest.mark.parametrize(
    ("max_iter", "says", "severity"),
    [
        ("", "nothing is trained", "error"),
        ("max_iter: 10", "0.45 epochs of the training data", "warning"),
        ("max_iter: 50000", "2,227 times", "info"),
        ("max_iter: 200000", "8,907 times", "warning"),
    ],
)
def test_implausible(folder: Folder, max_iter: str, says: str, severity: str) -> None:
    fires(folder.solver({ITERATIONS: max_iter}), CODE, says, severity=severity)


def test_zero_written_beside_a_test_scores_a_net(folder: Folder) -> None:
    folder.solver({ITERATIONS: "max_iter: 0"})
    fires(folder, CODE, "nothing is trained, the net is tested once", severity="info")
    folder.solver({"test_interval:": "# test_interval:"})
    fires(folder, CODE, "nothing is trained", severity="error")


def test_iter_size_counts(folder: Folder) -> None:
    folder.solver({ITERATIONS: "max_iter: 20 iter_size: 2"})
    check_noop(folder, CODE)
    fires(folder.solver({"iter_size: 2": ""}), CODE, "batch_size 64 goes")


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_a_public_set_that_is_not_here(folder: Folder) -> None:
    folder.net({"digits_train_lmdb": "ilsvrc12_train_lmdb"})
    fires(folder, CODE, "1,281,167 training records (the known size of a set like", "0.1 epochs")


def test_unknown_data(folder: Folder) -> None:
    check_noop(folder.net({"digits_train_lmdb": "secret_lmdb"}), CODE)


def test_a_program_steps(folder: Folder) -> None:
    folder.solver({ITERATIONS: ""})
    folder.net({"": 'layer { name: "p" type: "Python" bottom: "ip2" top: "p" }'})
    fires(folder, CODE, "unless a program steps", severity="info")
