"""Files that are there whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from caffe2torch.atomic import replacing, sync


def test_a_file_is_replaced_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("old")
    with replacing(path) as aside:
        aside.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(path) as aside:
        aside.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_names_the_file_that_the_user_knows(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as error, replacing(tmp_path / "absent" / "f") as aside:
        aside.write_text("x")
    assert error.value.filename == str(tmp_path / "absent" / "f")


def test_files_and_folders_are_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (synced.append(handle), real(handle)))
    (tmp_path / "f").write_text("x")
    sync(tmp_path / "f")
    sync(tmp_path)
    assert len(synced) == 2


@pytest.mark.parametrize(("code", "raised"), [(errno.EINVAL, False), (errno.ENOSPC, True)])
def test_a_disk_that_is_full_is_told_a_file_system_without_sync_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, raised: bool
) -> None:
    def fsync(_handle: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fsync)
    if not raised:
        sync(tmp_path)
        return
    with pytest.raises(OSError, match="No space left") as error:
        sync(tmp_path)
    assert error.value.filename == str(tmp_path)
