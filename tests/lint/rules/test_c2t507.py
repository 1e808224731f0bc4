"""C2T507 absolute-path."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires

CODE = "C2T507"


@pytest.mark.parametrize("path", ["/home/me/train_lmdb", "~/train_lmdb", "C:\\\\data\\\\lmdb"])
def test_absolute(folder: Folder, path: str) -> None:
    folder.net({"digits_train_lmdb": path})
    fires(folder, CODE, path.replace("\\\\", "\\"), "one machine only", severity="info")


def test_solver(folder: Folder) -> None:
    folder.solver({'snapshot_prefix: "digits"': 'snapshot_prefix: "/scratch/digits"'})
    fires(folder, CODE, '"/scratch/digits"')


def test_many(folder: Folder) -> None:
    folder.net({"digits_train": "/a/digits_train", "digits_test": "/a/digits_test"})
    folder.solver({'snapshot_prefix: "digits"': 'snapshot_prefix: "/scratch/digits"'})
    folder.net({"mean.binaryproto": "/a/mean.binaryproto"})
    fires(folder, CODE, "and 1 more")


def test_relative(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_up_and_down(folder: Folder) -> None:
    check_noop(folder.net({"digits_train_lmdb": "../data/train_lmdb"}), CODE)


def test_fix(folder: Folder) -> None:
    here = Path.cwd().as_posix()
    folder.net({"digits_train": f"{here}/digits_train", "digits_test": f"{here}/digits_test"})
    text = check_fixed(folder, CODE)["train_val.prototxt"]
    assert 'source: "digits_train_lmdb"' in text


def test_no_fix_for_what_lies_elsewhere(folder: Folder) -> None:
    folder.net({"digits_train_lmdb": "/data/train_lmdb"})
    assert fires(folder, CODE).fix is None


def test_the_end_of_a_root_folder_stays(folder: Folder) -> None:
    here = Path.cwd().as_posix()
    source = 'source: "digits_train_lmdb"'
    images = f'image_data_param {{ root_folder: "{here}/images/"'
    folder.net({source: source + " }\n  " + images})
    finding = fires(folder, CODE)
    assert finding.fix is not None
    assert finding.fix.edits[0].new == 'root_folder: "images/"'
