"""C2T117 test-coverage."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires

CODE = "C2T117"


def test_too_few(folder: Folder) -> None:
    fires(
        folder.solver({"test_iter: 6": "test_iter: 1"}),
        CODE,
        "= 60 of 360",
        "17%",
        severity="warning",
    )


def test_too_many(folder: Folder) -> None:
    fires(folder.solver({"test_iter: 6": "test_iter: 60"}), CODE, "10.0 times", severity="info")


def test_known_sets_without_their_database(folder: Folder) -> None:
    folder.net({"digits_test_lmdb": "ilsvrc12_val_lmdb"}).solver({"test_iter: 6": "test_iter: 100"})
    fires(folder, CODE, "= 6,000 of 50,000", "test_iter: 834")


def test_exact(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_rounding_to_whole_batches(folder: Folder) -> None:
    folder.net({"batch_size: 60": "batch_size: 50"}).solver({"test_iter: 6": "test_iter: 8"})
    check_noop(folder, CODE)


def test_fix(folder: Folder) -> None:
    texts = check_fixed(folder.solver({"test_iter: 6": "test_iter: 2  # few"}), CODE)
    assert "test_iter: 6  # few" in texts["solver.prototxt"]


@pytest.mark.parametrize(
    "path", ["mnist_train_lmdb", "tiny-imagenet/val_lmdb", "train/secret_lmdb"]
)
def test_a_path_that_names_no_known_test_set(folder: Folder, path: str) -> None:
    check_noop(folder.net({"digits_test_lmdb": path}), CODE)


def test_longer_tests_come_less_often(folder: Folder) -> None:
    """The fix must not turn a quarter of the compute into three quarters."""
    changes = {"digits_test_lmdb": "ilsvrc12_val_lmdb", "batch_size: 64": "batch_size: 6"}
    folder.net(changes).solver({"test_iter: 6": "test_iter: 100"})
    finding = fires(folder, CODE, "= 6,000 of 50,000")
    assert finding.fix is not None
    assert "test_iter: 834 and test_interval: 840" in finding.fix.title
