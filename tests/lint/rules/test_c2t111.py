"""C2T111 source-unreadable."""

from __future__ import annotations

import shutil

from tests.lint.checks import Folder, check_fixed, check_noop, fires, only
from tests.lint.databases import image_data, pictures

CODE = "C2T111"


def test_all_missing_paths_are_one_warning(folder: Folder) -> None:
    for name in ("digits_train_lmdb", "digits_test_lmdb"):
        shutil.rmtree(folder.path / name)
    (folder.path / "mean.binaryproto").unlink()
    fires(folder, CODE, "digits_train_lmdb", "mean.binaryproto", "do not exist", severity="warning")
    assert len(only(folder.lint(), CODE)) == 1


def test_a_broken_mean_is_an_error(folder: Folder) -> None:
    (folder.path / "mean.binaryproto").write_bytes(b"\x00\x01nothing of the kind")
    finding = fires(folder, CODE, "mean.binaryproto", severity="error")
    assert finding.span is not None
    assert finding.span.line == 12


def test_missing_weights(folder: Folder) -> None:
    folder.weights = "vgg.caffemodel"
    fires(folder, CODE, "vgg.caffemodel")


def test_all_there(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_paths_beside_the_net_are_found(folder: Folder, monkeypatch, tmp_path) -> None:
    folder.path = folder.path.resolve()
    monkeypatch.chdir(tmp_path)
    check_noop(folder, CODE)


def test_a_file_of_a_database(folder: Folder) -> None:
    folder.net({"digits_train_lmdb": "digits_train_lmdb/data.mdb"})
    fires(folder, CODE, "not its folder", "Caffe stops", severity="info")
    assert '"digits_train_lmdb"' in check_fixed(folder, CODE)["train_val.prototxt"]


def test_a_list_that_names_a_picture_that_is_gone(folder: Folder) -> None:
    """In a place that the sample of 256 does not read."""
    lines = [f"{name} {i % 10}" for i, name in enumerate(pictures(folder) * 60)]
    check_noop(image_data(folder, lines), CODE)
    lines[40] = "gone.png 3"
    image_list = folder.path / "list.txt"
    image_list.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    fires(folder, CODE, "names 1 picture that is not there", "gone.png", severity="error")
