"""The user's cache folder, as the XDG specification has it, and what cannot be kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch import user_cache


def test_the_variable_names_the_folder_if_it_is_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert user_cache.folder("layout") == tmp_path / "caffe2torch" / "layout"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert user_cache.folder("layout") == Path.home() / ".cache" / "caffe2torch" / "layout"


def test_a_folder_that_cannot_be_made_costs_the_keeping_only(tmp_path: Path) -> None:
    user_cache.keep(tmp_path / "a" / "b", b"kept")
    assert (tmp_path / "a" / "b").read_bytes() == b"kept"
    user_cache.keep(tmp_path / "a" / "b" / "c", b"lost")
    assert [path.name for path in tmp_path.rglob("*")] == ["a", "b"]


@pytest.mark.parametrize("content", ['{"layout": "nhwc"}', '{"other": 1}', "no JSON", "[1]", None])
def test_what_was_kept_is_recalled_if_it_can_be_read(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "a.json"
    if content is not None:
        path.write_text(content)
    assert user_cache.recall(path, "layout") == ("nhwc" if "nhwc" in str(content) else "")
