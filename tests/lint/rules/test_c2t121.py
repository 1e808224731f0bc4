"""C2T121 backend-mismatch."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires, only

CODE = "C2T121"

BACKEND = "    backend: LMDB\n"


def test_default(folder: Folder) -> None:
    finding = fires(
        folder.net({BACKEND: ""}), CODE, "has backend LEVELDB, the default", severity="error"
    )
    assert finding.fix is not None
    assert finding.fix.safe
    assert not only(folder.lint(), "C2T111"), "said twice"


def test_said_wrong(folder: Folder) -> None:
    fires(
        folder.net({"backend: LMDB": "backend: LEVELDB"}),
        CODE,
        "has backend LEVELDB, its source is LMDB",
        "Caffe cannot",
    )


def test_by_name(folder: Folder) -> None:
    folder.net({BACKEND: "", "digits_train_lmdb": "far_lmdb", "digits_test_lmdb": "off_lmdb"})
    fires(folder, CODE, "by its name, is of backend LMDB", severity="warning")


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


@pytest.mark.parametrize("name", ["train_leveldb", "train_db", "lmdb_and_leveldb"])
def test_nothing_known(folder: Folder, name: str) -> None:
    check_noop(folder.net({BACKEND: "", "digits_train_lmdb": name, "digits_test_lmdb": name}), CODE)


def test_fix(folder: Folder) -> None:
    text = check_fixed(folder.net({BACKEND: ""}), CODE)["train_val.prototxt"]
    assert text.count("backend: LMDB") == 2
