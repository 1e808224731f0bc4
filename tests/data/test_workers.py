"""Threads of a feed: order, errors, and that their number changes no batch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from caffe2torch.data import transform, workers
from caffe2torch.data.workers import Workers, default_count
from tests.data.one_feed import datum, feed, write


@pytest.mark.parametrize("count", [1, 2, 5])
def test_results_come_in_the_order_of_the_items(count: int) -> None:
    pool = Workers(count)
    assert pool.map(lambda x: x * x, range(100)) == [x * x for x in range(100)]
    pool.close()
    pool.close()


def test_the_first_error_is_raised() -> None:
    pool = Workers(3)
    with pytest.raises(ZeroDivisionError):
        pool.map(lambda x: 1 // x, [1, 0, 2])
    pool.close()


def test_the_command_line_decides_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(workers.ENVIRONMENT, "7")
    assert default_count() == Workers().count == 7
    monkeypatch.setenv(workers.ENVIRONMENT, "0")
    assert default_count() >= 1


def test_a_batch_is_the_same_for_every_number_of_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transform, "SPREAD", 1)  # share even small batches
    rng = np.random.default_rng(0)
    records = [datum(rng.integers(0, 256, (3, 90, 80), dtype=np.uint8), i) for i in range(5)]
    text = (
        'type: "Data" transform_param { crop_size: 60 mirror: true mean_value: 100 }'
        f'data_param {{ source: "{write(tmp_path / "db", records)}" batch_size: 16 backend: LMDB }}'
    )
    drawn = []
    for count in (1, 2, 3):
        source = feed(text, train=True, seed=4, workers=count)
        drawn.append([source.next_batch() for _ in range(3)])
        source.close()
    for other in drawn[1:]:
        for batch, same in zip(drawn[0], other, strict=True):
            assert all((a == b).all() for a, b in zip(batch, same, strict=True))
