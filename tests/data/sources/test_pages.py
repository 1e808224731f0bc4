"""Databases whose pages lie: each is refused before liblmdb reads it."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from pathlib import Path

import lmdb
import pytest

from caffe2torch.data.sources import _pages, open_source
from caffe2torch.data.sources._pages import HEAD, Damage, examine
from caffe2torch.errors import DataError

PAGE = 4096


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database of 300 records on leaves below a branch, and one record on overflow pages."""
    with lmdb.open(str(tmp_path / "db"), map_size=1 << 24) as db, db.begin(write=True) as written:
        for i in range(300):
            written.put(f"{i:08d}".encode(), bytes([i % 256]) * 100)
        written.put(b"99999999", b"x" * 9000)
    return tmp_path / "db" / "data.mdb"


def newest(data: bytearray) -> int:
    """Where the meta page of the last transaction begins."""
    return max((0, PAGE), key=lambda at: struct.unpack_from("<Q", data, at + 144)[0])


def root(data: bytearray) -> int:
    return int(struct.unpack_from("<Q", data, newest(data) + 128)[0]) * PAGE


def child(data: bytearray, node: int = 0) -> int:
    """Where the page below a node of the root begins."""
    (place,) = struct.unpack_from("<H", data, root(data) + HEAD + 2 * node)
    return int(struct.unpack_from("<H", data, root(data) + place)[0]) * PAGE


def put(at: Callable[[bytearray], int], offset: int, value: int) -> Callable[[bytearray], None]:
    """Set 16 bits so many bytes behind a place."""
    return lambda data: struct.pack_into("<H", data, at(data) + offset, value)


def first_node(data: bytearray) -> int:
    return child(data) + int(struct.unpack_from("<H", data, child(data) + HEAD)[0])


def last_leaf_node(data: bytearray) -> int:
    _, _, _, lower, _ = struct.unpack_from("<QHHHH", data, root(data))
    leaf = child(data, (lower - HEAD) // 2 - 1)
    (lower,) = struct.unpack_from("<H", data, leaf + 12)
    return leaf + int(struct.unpack_from("<H", data, leaf + lower - 2)[0])


LIES = {
    "pages of 3 bytes": put(newest, 40, 3),
    "is missing": put(newest, 130, 9),
    "fixed place": lambda data: struct.pack_into("<H", data, 44, 1),
    "several records a key": put(newest, 92, 4),
    "is no page of a tree": put(root, 10, 4),
    "has 1 nodes": put(root, 12, HEAD + 2),
    "lies outside of it": put(child, 16, 4095),
    "two parents": lambda data: struct.pack_into(
        "<H", data, root(data) + struct.unpack_from("<H", data, root(data) + HEAD)[0],
        root(data) // PAGE,
    ),
    "leaves its page": put(first_node, 0, 65535),
    "leaves its page ": put(first_node, 6, 65535),
    "leaves its page  ": put(first_node, 4, 4),
    "outside of the file": put(last_leaf_node, 2, 65535),
}  # fmt: skip


@pytest.mark.parametrize("says", LIES)
def test_what_a_page_says_is_checked(says: str, file: Path) -> None:
    data = bytearray(file.read_bytes())
    LIES[says](data)
    if says == "pages of 3 bytes":  # both meta pages are read with the size that the first gives
        struct.pack_into("<I", data, 40, 3)
    file.write_bytes(data)
    with pytest.raises(Damage, match=says.strip()):
        examine(str(file))
    with pytest.raises(DataError, match="is damaged"):
        open_source(str(file.parent))


def test_a_whole_database_passes(file: Path) -> None:
    examine(str(file))
    source = open_source(str(file.parent))
    assert len(source) == 301
    source.close()


def test_a_small_database_is_refused_wherever_it_is_cut(tmp_path: Path) -> None:
    # One branch above nine leaves, on ten pages: whichever are gone, no count ends the walk early.
    with lmdb.open(str(tmp_path / "db"), map_size=1 << 24) as db, db.begin(write=True) as written:
        for i in range(300):
            written.put(f"{i:08d}".encode(), bytes(100))
    file = tmp_path / "db" / "data.mdb"
    whole = file.read_bytes()
    used = struct.unpack_from("<Q", whole, newest(bytearray(whole)) + 136)[0] + 1
    assert used <= 16
    for pages in range(2, used):
        file.write_bytes(whole[: pages * PAGE])
        with pytest.raises(Damage, match=r"page \d+ of \d+ is missing|cut short"):
            examine(str(file))


def test_a_database_that_was_damaged_is_read_once_it_is_mended(file: Path) -> None:
    whole = file.read_bytes()
    data = bytearray(whole)
    struct.pack_into("<H", data, root(data) + 10, 4)
    file.write_bytes(data)
    with pytest.raises(DataError):
        open_source(str(file.parent))
    file.write_bytes(whole)
    open_source(str(file.parent)).close()


class TestOnce:
    """A state of a file is walked once, unless it may still be changing."""

    @pytest.fixture
    def walks(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """A list that grows by one with each walk."""
        walked: list[int] = []
        walk = _pages._walk
        monkeypatch.setattr(_pages, "_walk", lambda *a: (walked.append(1), walk(*a)))
        return walked

    def test_an_old_file_is_walked_once(self, file: Path, walks: list[int]) -> None:
        os.utime(file, (1e9, 1e9))
        examine(str(file))
        examine(str(file))
        assert len(walks) == 1

    def test_a_file_just_written_is_walked_again(self, file: Path, walks: list[int]) -> None:
        file.touch()
        examine(str(file))
        examine(str(file))
        assert len(walks) == 2

    def test_a_change_is_seen(self, file: Path) -> None:
        os.utime(file, (1e9, 1e9))
        examine(str(file))
        data = bytearray(file.read_bytes())
        LIES["leaves its page"](data)
        file.write_bytes(data)
        with pytest.raises(Damage):
            examine(str(file))
