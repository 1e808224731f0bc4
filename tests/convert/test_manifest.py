"""What convert wrote it may write again; what somebody changed, or brought, it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.convert.manifest import NAME, is_ours, record, recorded, refuse_existing
from caffe2torch.errors import DataError


def test_a_file_is_ours_while_it_is_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text("one")
    assert not is_ours(path, "net.prototxt")
    record(path, "net.prototxt")
    assert is_ours(path, "net.prototxt")
    assert not is_ours(path, "other.prototxt")
    path.write_text("two")
    assert not is_ours(path, "net.prototxt")


def test_files_are_noted_as_they_are_written(tmp_path: Path) -> None:
    files = [tmp_path / "a.py", tmp_path / "b.onnx"]
    files[0].write_text("a")
    assert list(recorded([(files[0], "x"), (files[1], "not written")], "n")) == [
        (files[0], "x"),
        (files[1], "not written"),
    ]
    refuse_existing(files, "n", force=False)
    with pytest.raises(DataError, match=r"a\.py exists already"):
        refuse_existing(files, "m", force=False)
    refuse_existing(files, "m", force=True)


@pytest.mark.parametrize("text", ["", "[]", '{"net.py": 3}', "\udcff"])
def test_notes_that_are_something_else_count_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_bytes(text.encode("utf-8", "surrogateescape"))
    path = tmp_path / "net.py"
    path.write_text("one")
    assert not is_ours(path, "net.prototxt")
    record(path, "net.prototxt")
    assert is_ours(path, "net.prototxt")
