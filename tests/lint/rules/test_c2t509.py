"""C2T509 path-of-elsewhere."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires, only

CODE = "C2T509"
NET = 'net: "train_val.prototxt"'


@pytest.mark.parametrize("path", ["examples/digits/train_val.prototxt", "/a/train_val.prototxt"])
def test_a_net(folder: Folder, path: str) -> None:
    finding = fires(folder.solver({NET: f'net: "{path}"'}), CODE, path, severity="info")
    assert finding.span is not None
    assert finding.message not in finding.why, "it is said once"
    assert not only(folder.lint(), "C2T001"), "it is read all the same"


def test_data(folder: Folder) -> None:
    folder.net({"digits_train_lmdb": "data/digits_train_lmdb"})
    fires(folder, CODE, 'layer "digits": source "data/digits_train_lmdb"', "Caffe stops")


def test_a_path_of_windows(folder: Folder) -> None:
    folder.net({'"mean.binaryproto"': '"C:\\\\caffe\\\\mean.binaryproto"'})
    fires(folder, CODE, 'mean_file "C:\\caffe\\mean.binaryproto"')


def test_here(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_above(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    name = folder.path.resolve().name
    folder.solver({NET: f'net: "{name}/train_val.prototxt"'})
    check_noop(folder, CODE)


def test_nowhere(folder: Folder) -> None:
    check_noop(folder.net({"digits_train_lmdb": "data/train_lmdb"}), CODE)


def test_fix(folder: Folder) -> None:
    folder.solver({NET: 'net: "examples/digits/train_val.prototxt"  # the net'})
    folder.net({'"mean.binaryproto"': '"data/mean.binaryproto"'})
    texts = check_fixed(folder, CODE)
    assert f"{NET}  # the net" in texts["solver.prototxt"]
    assert 'mean_file: "mean.binaryproto"' in texts["train_val.prototxt"]


def test_the_fix_is_safe_and_keeps_other_weights(folder: Folder) -> None:
    for name in ("a.caffemodel", "b.caffemodel"):
        (folder.path / name).write_bytes(b"\x0a\x01n")
    folder.solver({"": 'weights: "away/a.caffemodel,b.caffemodel"\n'})
    finding = fires(folder, CODE)
    assert finding.fix is not None
    assert finding.fix.safe
    assert [e.new for e in finding.fix.edits] == ['weights: "a.caffemodel,b.caffemodel"']
