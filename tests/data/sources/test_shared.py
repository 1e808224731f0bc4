"""A handle is opened once for all its users, and closed with the last of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.data.sources._shared import Shared


class Handle:
    def __init__(self, path: str) -> None:
        self.path, self.closed = path, False

    def close(self) -> None:
        self.closed = True


def test_every_spelling_of_a_path_is_one_handle(tmp_path: Path) -> None:
    shared = Shared(Handle)
    (tmp_path / "x").mkdir()
    first = shared.acquire(str(tmp_path / "db"))
    assert shared.acquire(str(tmp_path / "x" / ".." / "db")) is first
    assert first.path == str(tmp_path / "db")
    shared.release(str(tmp_path / "db"))
    assert not first.closed
    shared.release(str(tmp_path / "db"))
    assert first.closed
    assert shared.acquire(str(tmp_path / "db")) is not first


def test_a_failed_opening_is_tried_again() -> None:
    calls: list[str] = []

    def fail_once(path: str) -> Handle:
        calls.append(path)
        if len(calls) == 1:
            raise OSError("busy")
        return Handle(path)

    shared = Shared(fail_once)
    with pytest.raises(OSError, match="busy"):
        shared.acquire("db")
    assert not shared.acquire("db").closed


def test_a_path_that_nobody_holds_cannot_be_released() -> None:
    with pytest.raises(KeyError):
        Shared(Handle).release("db")
