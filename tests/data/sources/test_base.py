"""What every source can do with a cursor: go round, be numbered, be walked through."""

from __future__ import annotations

import pytest

from caffe2torch.data.sources.base import Cursor, Source

RECORDS = [(b"a", b"0"), (b"b", b"1"), (b"c", b"2")]


class ListCursor(Cursor):
    def __init__(self) -> None:
        self.at = 0

    @property
    def key(self) -> bytes:
        return RECORDS[self.at][0]

    @property
    def value(self) -> bytes:
        return RECORDS[self.at][1]

    def first(self) -> None:
        self.at = 0

    def last(self) -> None:
        self.at = len(RECORDS) - 1

    def step(self) -> bool:
        self.at += 1
        return self.at < len(RECORDS)

    def seek(self, key: bytes) -> bool:
        self.at = sum(k < key for k, _ in RECORDS)
        return self.at < len(RECORDS)


class ListSource(Source):
    backend = "LIST"
    cursors = 0

    @classmethod
    def fits(cls, path: str) -> bool:
        return True

    def __len__(self) -> int:
        return len(RECORDS)

    def cursor(self) -> Cursor:
        self.cursors += 1
        return ListCursor()

    def close(self) -> None:
        pass


@pytest.mark.parametrize("count", range(8))
def test_after_the_last_record_comes_the_first(count: int) -> None:
    cursor = ListCursor()
    cursor.advance(count)
    assert cursor.key == RECORDS[count % 3][0]


def test_walking_gives_every_record_once() -> None:
    assert list(ListSource("x")) == RECORDS


def test_positions_in_any_order_and_one_cursor_for_a_rising_one() -> None:
    source = ListSource("x")
    assert [source.key(i) for i in (0, 0, 1, 2)] == [b"a", b"a", b"b", b"c"]
    assert source.cursors == 1
    assert [source.get(i) for i in (2, 0, 1)] == [b"2", b"0", b"1"]
    assert source.cursors == 2
    for wrong in (-1, 3):
        with pytest.raises(IndexError):
            source.get(wrong)
