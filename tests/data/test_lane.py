"""A lane makes batches ahead, hands errors over in order, and always ends."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.feeds.base import LayerFeed, Seat
from caffe2torch.errors import DataError
from caffe2torch.module.feed import Lane


class Counting(LayerFeed):
    """Batch n holds n; making batch `fails_at` raises."""

    def __init__(self, fails_at: int = -1) -> None:
        super().__init__(Seat("counting", pb.LayerParameter(), True))
        self.made, self.fails_at, self.closed = 0, fails_at, False
        self.threads: set[int] = set()

    @classmethod
    def top_shapes(cls, param: Any, train: bool, base: str | None = None) -> list[Any]:
        return [(1,)]

    def next_batch(self) -> list[np.ndarray]:
        self.threads.add(threading.get_ident())
        if self.made == self.fails_at:
            raise DataError(f"batch {self.made} is broken")
        self.made += 1
        return [np.array([self.made - 1], np.float32)]

    def state(self) -> dict[str, Any]:
        return {"made": self.made}

    def restore(self, state: dict[str, Any]) -> None:
        self.made = state["made"]

    def close(self) -> None:
        self.closed = True


def values(lane: Lane, count: int) -> list[float]:
    return [float(lane.get().arrays[0][0]) for _ in range(count)]


def test_batches_come_in_order_from_another_thread() -> None:
    lane = Lane(Counting(), 4)
    assert values(lane, 20) == list(range(20))
    assert threading.get_ident() not in lane.feed.threads
    lane.close()
    assert lane.feed.closed


def test_the_state_is_that_of_the_batch_not_of_what_was_made_ahead() -> None:
    lane = Lane(Counting(), 10)
    assert [lane.get().state["made"] for _ in range(3)] == [1, 2, 3]
    lane.close()


def test_no_more_batches_than_asked_for_are_made_ahead() -> None:
    lane = Lane(Counting(), 4)
    lane.get()
    while not lane._ready.full():
        threading.Event().wait(0.001)
    lane.halt()
    # one in use, two waiting, at most one being made
    assert lane.feed.made <= 4


def test_an_error_comes_after_the_good_batches_and_stays() -> None:
    lane = Lane(Counting(fails_at=3), 8)
    assert values(lane, 3) == [0, 1, 2]
    for _ in range(2):
        with pytest.raises(DataError, match="batch 3 is broken"):
            lane.get()
    lane.close()


def test_what_the_check_raises_surfaces_too() -> None:
    def check(arrays: list[np.ndarray]) -> None:
        if arrays[0][0] == 1:
            raise DataError("one is not wanted")

    lane = Lane(Counting(), 4, check)
    assert values(lane, 1) == [0]
    with pytest.raises(DataError, match="one is not wanted"):
        lane.get()
    lane.close()


def test_restoring_drops_what_was_made_ahead_and_forgets_an_error() -> None:
    lane = Lane(Counting(fails_at=5), 4)
    assert values(lane, 5) == [0, 1, 2, 3, 4]
    with pytest.raises(DataError):
        lane.get()
    lane.restore({"made": 2})
    assert values(lane, 3) == [2, 3, 4]
    lane.close()


def test_closing_ends_the_thread_at_any_time() -> None:
    unused = Lane(Counting(), 4)
    unused.close()
    waiting = Lane(Counting(), 4)
    waiting.get()
    thread = waiting._thread
    assert thread is not None
    waiting.close()
    assert not thread.is_alive()
    waiting.close()


def test_a_feed_that_is_not_prefetched_is_asked_in_this_thread() -> None:
    feed = Counting()
    feed.prefetched = False
    lane = Lane(feed, 4)
    assert values(lane, 2) == [0, 1]
    assert feed.threads == {threading.get_ident()}
    assert feed.made == 2
    lane.close()
