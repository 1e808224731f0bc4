"""Samples come from all over a database, without reading it all."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.data.importers import database
from caffe2torch.data.sources import open_source
from caffe2torch.data.stats import between, stretches


def taken(path: Path, keys: list[bytes], limit: int) -> list[tuple[int, bytes]]:
    database.write(path, ((key, b"x") for key in keys))
    source = open_source(str(path))
    found = [(stretch, key) for stretch, key, _ in stretches(source, limit)]
    source.close()
    return found


def test_a_small_database_is_one_stretch_of_everything(tmp_path: Path) -> None:
    keys = [b"%03d" % i for i in range(20)]
    assert taken(tmp_path / "db", keys, 20) == [(0, key) for key in keys]


def test_a_large_one_gives_eight_stretches_of_neighbours(tmp_path: Path) -> None:
    keys = [b"%08d_n%d.jpg" % (i, i % 7) for i in range(1000)]
    found = taken(tmp_path / "db", keys, 40)
    positions = [keys.index(key) for _, key in found]
    starts = positions[::5]
    assert len(found) == len(set(found)) == 40
    assert all(positions[i] == positions[i - 1] + 1 for i in range(40) if i % 5)
    assert all(abs(start - 125 * i) <= 2 for i, start in enumerate(starts))


@pytest.mark.parametrize(
    "keys",
    [
        [b"%d" % i for i in range(300)],
        [b"abc%c%c" % (97 + i // 20, 97 + i % 20) for i in range(300)],
        [b"%x" % (i * 7919 % 4096) for i in range(300)],
        [b"k" * i for i in range(1, 300)],
    ],
    ids=["unpadded", "letters", "hex", "longer and longer"],
)
def test_no_record_comes_twice_whatever_the_keys(tmp_path: Path, keys: list[bytes]) -> None:
    found = [key for _, key in taken(tmp_path / "db", keys, 64)]
    assert 0 < len(found) == len(set(found)) <= 64


@pytest.mark.parametrize(
    ("first", "last", "share", "expected"),
    [
        (b"00000000_a.jpg", b"00001000_z.jpg", 0.25, b"00000250"),
        (b"0010", b"0020", 0.0, b"0010"),
        (b"a", b"c", 0.5, b"b" + bytes(15)),
    ],
)
def test_between(first: bytes, last: bytes, share: float, expected: bytes) -> None:
    assert between(first, last, share) == expected
