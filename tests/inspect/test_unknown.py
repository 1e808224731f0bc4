"""What is none of the kinds gets one message that says what it is and what to do."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from caffe2torch.errors import C2TError
from caffe2torch.inspect import inspect_file, kind_of
from tests.conftest import GOLDEN, ROOT


def refused(path: Path) -> str:
    with pytest.raises(C2TError) as raised:
        inspect_file(path)
    assert raised.value.hint
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"what is this?\nno idea at all\n", "is text, but no prototxt and no list"),
        (b"# only a comment\n", "is text, but no prototxt and no list"),
        (b'item { name: "x" label: 1 }', "no net or solver: it has item"),
        (b"Log file created at: 2015/01/01 10:00:00\nnet.cpp:1] x\n", "is a log of Caffe's"),
        (b"\x00\x01\x02\x03 rubbish", "of no kind that c2t knows (it begins 00 01 02 03"),
        (b"\x1f\x8b\x08\x00", "compressed with gzip"),
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"\x93NUMPY\x01\x00", "a NumPy array"),
        (b"\x80\x02}q\x00.", "a Python pickle"),
        (b"PK\x03\x04cut", "a zip archive, damaged or cut short"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
        (b"\xff\xfel\x00a\x00", "UTF-16 text"),
        (b"\x00\x00\x08\x03" + bytes(12), "an idx file of images"),
        (b"\x08\x01\x10\x02\x18\x03\x22\x06abcdef", "one record of a database"),
    ],
)
def test_what_it_is_instead(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "x.caffemodel").write_bytes(content)
    assert said in refused(tmp_path / "x.caffemodel")


def test_numpys_archive_is_told_from_it(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", a=np.zeros(2))
    assert "NumPy's .npz archive" in refused(tmp_path / "x.npz")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(C2TError, match="nope cannot be read: No such file"):
        inspect_file(tmp_path / "nope")


def test_a_folder_names_what_is_in_it(tmp_path: Path) -> None:
    assert "it is empty" in refused(tmp_path)
    for name in ("b.txt", "a.prototxt", "c", "d"):
        (tmp_path / name).touch()
    said = refused(tmp_path)
    assert "neither data.mdb (LMDB) nor CURRENT (LevelDB)" in said
    assert said.endswith("name a file in it: a.prototxt, b.txt, c, ...")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "it is a named pipe, not a file" in refused(tmp_path / "pipe")


def test_a_log_with_nets_in_it_is_no_net() -> None:
    for log in sorted((GOLDEN / "solvers" / "logs").glob("*.log")):
        assert "is a log of Caffe's" in refused(log)


def test_names_do_not_matter(tmp_path: Path) -> None:
    source = ROOT / "solvers" / "mnist_lenet" / "solver.prototxt"
    (tmp_path / "mean.binaryproto").write_bytes(source.read_bytes())
    assert kind_of(tmp_path / "mean.binaryproto") == "solver"


def test_prose_about_nets_is_no_net(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# My net\n\nIt goes:\n\nlayer {\n  name: 'x'\n}\n")
    assert "is text" in refused(tmp_path / "README.md")
