"""A database appears whole or not at all, with the records and keys that Caffe's tools write."""

from __future__ import annotations

import errno
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import lmdb
import numpy as np
import pytest

from caffe2torch.caffe_pb2 import Datum
from caffe2torch.data.importers import database
from caffe2torch.errors import DataError


def content(path: Path) -> list[tuple[bytes, bytes]]:
    with lmdb.open(str(path), readonly=True, lock=False) as env, env.begin() as transaction:
        return list(transaction.cursor())


def test_images_become_datums_under_counted_keys(tmp_path: Path) -> None:
    images = np.arange(3 * 2 * 2 * 5, dtype=np.uint8).reshape(3, 2, 2, 5)
    path = tmp_path / "new" / "lmdb"
    assert database.write_images(path, images, [7, 8, 9], [2, 0]) == 2
    (key0, value0), (key1, value1) = content(path)
    assert (key0, key1) == (b"00000000", b"00000001")
    first, second = Datum.FromString(value0), Datum.FromString(value1)
    assert (first.channels, first.height, first.width, first.label) == (2, 2, 5, 9)
    assert first.data == images[2].tobytes()
    assert (second.label, second.data) == (7, images[0].tobytes())
    assert not first.encoded


def test_nothing_but_the_data_file_is_left(tmp_path: Path) -> None:
    database.write(tmp_path / "lmdb", [(b"a", b"1")])
    assert [p.name for p in tmp_path.rglob("*")] == ["lmdb", "data.mdb"]


def test_records_beyond_the_first_map_size_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "FIRST_MAP_SIZE", 1 << 16)
    records = [(b"%08d" % i, bytes([i % 251]) * 3000) for i in range(2500)]
    assert database.write(tmp_path / "lmdb", records) == 2500
    assert content(tmp_path / "lmdb") == records


def test_an_existing_folder_is_kept_without_force(tmp_path: Path) -> None:
    database.write(tmp_path / "lmdb", [(b"a", b"old")])
    with pytest.raises(DataError, match="exists already → name another folder, or use --force"):
        database.write(tmp_path / "lmdb", [(b"a", b"new")])
    assert content(tmp_path / "lmdb") == [(b"a", b"old")]
    database.write(tmp_path / "lmdb", [(b"a", b"new")], force=True)
    assert content(tmp_path / "lmdb") == [(b"a", b"new")]
    assert [p.name for p in tmp_path.iterdir()] == ["lmdb"]


def test_a_folder_of_other_files_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_text("mine")
    with pytest.raises(DataError, match="photos exists already, and holds more"):
        database.write(tmp_path / "photos", [(b"a", b"1")], force=True)
    assert (tmp_path / "photos" / "cat.jpg").read_text() == "mine"
    with pytest.raises(DataError, match="holds other files → name a new folder in it"):
        database.write(Path(), [(b"a", b"1")], force=True)


def test_a_failure_half_way_leaves_the_old_folder_and_no_rest(tmp_path: Path) -> None:
    def records():
        yield b"a", b"new"
        raise DataError("the second record is broken")

    database.write(tmp_path / "lmdb", [(b"a", b"old")])
    with pytest.raises(DataError, match="second record"):
        database.write(tmp_path / "lmdb", records(), force=True)
    assert content(tmp_path / "lmdb") == [(b"a", b"old")]
    assert [p.name for p in tmp_path.iterdir()] == ["lmdb"]


def test_no_records_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not one record"):
        database.write(tmp_path / "lmdb", [])
    assert list(tmp_path.iterdir()) == []


def test_folders_made_for_a_database_go_with_it(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    for path in (tmp_path / "new" / "newer" / "lmdb", tmp_path / "old" / "new" / "lmdb"):
        with pytest.raises(DataError, match="not one record"):
            database.write(path, [])
    assert [p.name for p in tmp_path.rglob("*")] == ["old"]
    database.write(tmp_path / "new" / "lmdb", [(b"a", b"b")])
    assert content(tmp_path / "new" / "lmdb") == [(b"a", b"b")]


def test_one_key_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="two records have the key b'a'"):
        database.write(tmp_path / "lmdb", [(b"a", b"1"), (b"a", b"2")])
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_named_as_the_user_wrote_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file/lmdb") as caught:
        database.write(tmp_path / "file" / "lmdb", [(b"a", b"1")])
    assert caught.value.errno == errno.ENOTDIR


def test_what_lmdb_refuses_is_an_error_of_the_disk(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="LMDB cannot write .*; is the disk full"):
        database.write(tmp_path / "lmdb", [(b"k" * 600, b"LMDB keys end at 511 bytes")])


def test_the_order_is_the_files_own_unless_shuffled() -> None:
    assert database.order(4, shuffle=False, seed=1, limit=None) == [0, 1, 2, 3]
    assert database.order(4, shuffle=False, seed=1, limit=2) == [0, 1]
    shuffled = database.order(100, shuffle=True, seed=1, limit=None)
    assert sorted(shuffled) == list(range(100)) != shuffled
    assert database.order(100, shuffle=True, seed=1, limit=7) == shuffled[:7]
    assert database.order(100, shuffle=True, seed=2, limit=None) != shuffled


def test_several_databases_appear_together_or_not_at_all(tmp_path: Path) -> None:
    def write(fails: bool) -> None:
        with (
            database.writing(tmp_path / "a") as first,
            database.writing(tmp_path / "b") as second,
        ):
            assert first([(b"k", b"v")]) == 1
            assert not list(tmp_path.glob("[ab]"))
            second([] if fails else [(b"k", b"v")])

    with pytest.raises(DataError, match="b: there is not one record"):
        write(fails=True)
    assert list(tmp_path.iterdir()) == []
    write(fails=False)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_signal_leaves_nothing_behind(tmp_path: Path, name: str) -> None:
    before = signal.getsignal(getattr(signal, name))

    def records() -> Iterator[tuple[bytes, bytes]]:
        yield b"k", b"v"
        signal.raise_signal(getattr(signal, name))
        yield b"l", b"v"

    with pytest.raises((SystemExit, KeyboardInterrupt)):
        database.write(tmp_path / "db", records())
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(getattr(signal, name)) == before
