"""Converted models are kept whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.cv2 import cache


def test_what_is_kept_is_not_made_again(cache_folder: Path) -> None:
    assert cache.folder() == cache_folder
    assert cache.kept("a", lambda: b"model") == b"model"
    assert cache.kept("a", lambda: b"other") == b"model"
    assert cache.kept("b", lambda: b"other") == b"other"
    assert len(list(cache_folder.iterdir())) == 2


def test_an_empty_file_is_made_again(cache_folder: Path) -> None:
    cache.kept("a", lambda: b"model")
    (path,) = cache_folder.iterdir()
    path.write_bytes(b"")
    assert cache.kept("a", lambda: b"model") == b"model" == path.read_bytes()


def test_what_fails_leaves_nothing(cache_folder: Path) -> None:
    def fail() -> bytes:
        raise ValueError("no model")

    with pytest.raises(ValueError, match="no model"):
        cache.kept("a", fail)
    assert not cache_folder.exists()


def test_a_folder_that_cannot_be_written_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert cache.kept("a", lambda: b"model") == b"model"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache.folder() == Path.home() / ".cache" / "caffe2torch" / "opencv"
