"""Several databases as one: order, seeking, going on, two processes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from caffe2torch.data.sources import open_source
from caffe2torch.errors import DataError
from tests.data.one_feed import datum, feed, write


@pytest.fixture
def shards(tmp_path: Path) -> str:
    """Three databases of 3, 1 and 4 records; their labels count on from 0 to 7."""
    label = 0
    for name, count in (("a", 3), ("b", 1), ("c", 4)):
        records = [datum(np.full((1, 2, 2), label + i, np.uint8), label + i) for i in range(count)]
        write(tmp_path / "shards" / name, records)
        label += count
    return str(tmp_path / "shards" / "*")


def test_records_come_in_the_order_of_the_names_and_of_the_keys(shards: str) -> None:
    source = open_source(shards)
    assert len(source) == 8
    assert [key for key, _ in source][2:5] == [b"a/00000002", b"b/00000000", b"c/00000000"]
    cursor = source.cursor()
    cursor.last()
    assert cursor.key == b"c/00000003"
    assert not cursor.step()
    assert cursor.seek(b"a/00000001")
    assert cursor.key == b"a/00000001"
    for beyond in (b"a/9", b"aa/0"):
        assert cursor.seek(beyond)
        assert cursor.key == b"b/00000000"
    assert not cursor.seek(b"c/9")
    source.close()


def test_a_pattern_that_matches_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no database matches"):
        open_source(str(tmp_path / "none*"))


def text(shards: str, batch: int) -> str:
    return f'type: "Data" data_param {{ source: "{shards}" batch_size: {batch} backend: LMDB }}'


def test_two_processes_see_every_record_once_an_epoch(shards: str) -> None:
    seen: list[int] = []
    for rank in range(2):
        source = feed(text(shards, 2), train=True, rank=rank, world=2)
        seen += [int(x) for _ in range(2) for x in source.next_batch()[1]]
        source.close()
    assert sorted(seen) == list(range(8))


def test_a_restored_feed_goes_on_in_the_middle_of_a_shard(shards: str) -> None:
    source = feed(text(shards, 5))
    source.next_batch()
    state = json.loads(json.dumps(source.state()))
    again = feed(text(shards, 5))
    again.restore(state)
    assert again.next_batch()[1].tolist() == source.next_batch()[1].tolist() == [5, 6, 7, 0, 1]
    source.close()
    again.close()
