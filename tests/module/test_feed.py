"""The stream of a net's batches: made ahead, all layers together, continued exactly."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.feeds.base import LayerFeed, SourceSite
from caffe2torch.errors import DataError, ShapeError
from caffe2torch.format.upgrade import read_net
from caffe2torch.graph import build_graph
from caffe2torch.graph.model import Graph
from caffe2torch.module.feed import Feed, Prefetcher, open_feed
from tests.data.one_feed import datum, numbered, write


class Counting(LayerFeed):
    """Batch n holds n; making batch `fails_at` raises."""

    def __init__(self, fails_at: int = -1) -> None:
        super().__init__(SourceSite("counting", pb.LayerParameter(), True))
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


def values(prefetcher: Prefetcher, count: int) -> list[float]:
    return [float(prefetcher.get().arrays[0][0]) for _ in range(count)]


def test_batches_come_in_order_from_another_thread() -> None:
    prefetcher = Prefetcher(Counting(), 4)
    assert values(prefetcher, 20) == list(range(20))
    assert threading.get_ident() not in prefetcher.feed.threads
    prefetcher.close()
    assert prefetcher.feed.closed


def test_the_state_is_that_of_the_batch_not_of_what_was_made_ahead() -> None:
    prefetcher = Prefetcher(Counting(), 10)
    assert [prefetcher.get().state["made"] for _ in range(3)] == [1, 2, 3]
    prefetcher.close()


def test_no_more_batches_than_asked_for_are_made_ahead() -> None:
    prefetcher = Prefetcher(Counting(), 4)
    prefetcher.get()
    while not prefetcher._ready.full():
        threading.Event().wait(0.001)
    prefetcher.halt()
    # one in use, two waiting, at most one being made
    assert prefetcher.feed.made <= 4


def test_an_error_comes_after_the_good_batches_and_stays() -> None:
    prefetcher = Prefetcher(Counting(fails_at=3), 8)
    assert values(prefetcher, 3) == [0, 1, 2]
    for _ in range(2):
        with pytest.raises(DataError, match="batch 3 is broken"):
            prefetcher.get()
    prefetcher.close()


def test_what_the_check_raises_surfaces_too() -> None:
    def check(arrays: list[np.ndarray]) -> None:
        if arrays[0][0] == 1:
            raise DataError("one is not wanted")

    prefetcher = Prefetcher(Counting(), 4, check)
    assert values(prefetcher, 1) == [0]
    with pytest.raises(DataError, match="one is not wanted"):
        prefetcher.get()
    prefetcher.close()


def test_restoring_drops_what_was_made_ahead_and_forgets_an_error() -> None:
    prefetcher = Prefetcher(Counting(fails_at=5), 4)
    assert values(prefetcher, 5) == [0, 1, 2, 3, 4]
    with pytest.raises(DataError):
        prefetcher.get()
    prefetcher.restore({"made": 2})
    assert values(prefetcher, 3) == [2, 3, 4]
    prefetcher.close()


def test_closing_ends_the_thread_at_any_time() -> None:
    unused = Prefetcher(Counting(), 4)
    unused.close()
    waiting = Prefetcher(Counting(), 4)
    waiting.get()
    thread = waiting._thread
    assert thread is not None
    waiting.close()
    assert not thread.is_alive()
    waiting.close()


def test_a_feed_that_is_not_prefetched_is_asked_in_this_thread() -> None:
    feed = Counting()
    feed.prefetched = False
    prefetcher = Prefetcher(feed, 4)
    assert values(prefetcher, 2) == [0, 1]
    assert feed.threads == {threading.get_ident()}
    assert feed.made == 2
    prefetcher.close()


SOURCE = """layer {{
  name: "{name}" type: "Data" top: "{name}" top: "{name}_label"
  transform_param {{ {transform} }}
  data_param {{ source: "{path}" batch_size: {batch} backend: LMDB }}
}}
"""


def source(path: str, name: str = "data", batch: int = 2, transform: str = "") -> str:
    return SOURCE.format(path=path, name=name, batch=batch, transform=transform)


def graph(folder: Path, text: str, phase: str = "TRAIN") -> Graph:
    (folder / "net.prototxt").write_text(text)
    return build_graph(read_net(str(folder / "net.prototxt")), phase=phase)


def labels(feed: Feed, batches: int, top: str = "data_label") -> list[int]:
    return [int(x) for _ in range(batches) for x in next(feed)[top]]


def test_batches_are_tensors_under_the_names_of_the_tops(tmp_path: Path) -> None:
    net = graph(tmp_path, source(numbered(tmp_path / "db", 3)))
    with open_feed(net) as feed:
        blobs = next(feed)
    assert set(blobs) == {"data", "data_label"}
    assert {blob.dtype for blob in blobs.values()} == {torch.float32}
    assert {top: tuple(blob.shape) for top, blob in blobs.items()} == net.shapes
    assert blobs["data"][:, 0, 0, 0].tolist() == [0, 1]


def test_several_layers_share_a_database_each_with_a_cursor_of_its_own(tmp_path: Path) -> None:
    path = numbered(tmp_path / "db", 5)
    net = graph(tmp_path, source(path, "a", 2) + source(path, "b", 3))
    with open_feed(net) as feed:
        blobs = [next(feed) for _ in range(2)]
    assert [b["a_label"].tolist() for b in blobs] == [[0, 1], [2, 3]]
    assert [b["b_label"].tolist() for b in blobs] == [[0, 1, 2], [3, 4, 0]]


def test_two_layers_of_one_name_are_both_read(tmp_path: Path) -> None:
    path = numbered(tmp_path / "db", 5)
    twin = source(path, "b").replace('name: "b"', 'name: "a"')
    with open_feed(graph(tmp_path, source(path, "a") + twin)) as feed:
        assert set(next(feed)) == {"a", "a_label", "b", "b_label"}


def test_a_net_without_sources_or_with_inputs_only_gives_nothing(tmp_path: Path) -> None:
    text = 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 } } }'
    with open_feed(graph(tmp_path, text)) as feed:
        assert next(feed) == {}


def test_a_restored_feed_goes_on_exactly_with_the_seed_it_had(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    records = [datum(rng.integers(0, 256, (3, 9, 9), dtype=np.uint8), i) for i in range(7)]
    path = write(tmp_path / "db", records)
    text = source(path, "a", 3, "crop_size: 4 mirror: true") + (
        'layer { name: "noise" type: "DummyData" top: "noise" dummy_data_param '
        '{ shape { dim: 3 } data_filler { type: "gaussian" } } }'
    )
    net = graph(tmp_path, text)
    with open_feed(net) as feed:  # a seed of its own
        for _ in range(4):
            next(feed)
        state = json.loads(json.dumps(feed.state()))
        expected = [next(feed) for _ in range(4)]
    with open_feed(net, seed=1) as again:
        next(again)
        again.restore(state)
        for want in expected:
            blobs = next(again)
            assert all(torch.equal(blobs[top], want[top]) for top in want)
        assert again.state() != state


def test_the_seed_decides(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    records = [datum(rng.integers(0, 256, (1, 30, 30), dtype=np.uint8)) for _ in range(2)]
    net = graph(tmp_path, source(write(tmp_path / "db", records), transform="crop_size: 3"))
    drawn = []
    for seed in (1, 1, 2, None, -1):
        with open_feed(net, seed=seed) as feed:
            drawn.append(next(feed)["data"])
    assert torch.equal(drawn[0], drawn[1])
    assert not any(torch.equal(drawn[0], other) for other in drawn[2:])


def test_processes_are_dealt_records_in_turn(tmp_path: Path) -> None:
    net = graph(tmp_path, source(numbered(tmp_path / "db", 8)))
    for rank, expected in ((0, [0, 2, 4, 6]), (1, [1, 3, 5, 7])):
        with open_feed(net, rank=rank, world=2) as feed:
            assert labels(feed, 2) == expected


def test_a_batch_is_not_overwritten_by_the_next(tmp_path: Path) -> None:
    net = graph(tmp_path, source(numbered(tmp_path / "db", 8)))
    with open_feed(net) as feed:
        kept = [next(feed)["data"] for _ in range(12)]
    assert [int(batch[0, 0, 0, 0]) for batch in kept] == [0, 2, 4, 6] * 3


def test_paths_are_looked_for_beside_the_net(tmp_path: Path) -> None:
    numbered(tmp_path / "db", 2)
    net = graph(tmp_path, source("db"))
    with open_feed(net) as feed:
        assert labels(feed, 1) == [0, 1]
    with pytest.raises(DataError, match='"db" does not exist'):
        open_feed(net, base=str(tmp_path.parent / "elsewhere"))


def test_an_error_in_the_background_names_layer_record_and_line(tmp_path: Path) -> None:
    sizes = [(1, 2, 2), (1, 2, 2), (1, 3, 2)]
    path = write(tmp_path / "db", (datum(np.zeros(size, np.uint8)) for size in sizes))
    with open_feed(graph(tmp_path, source(path))) as feed:
        next(feed)
        for _ in range(2):  # and again, for whoever asks again
            with pytest.raises(DataError) as caught:
                next(feed)
            assert f'layer "data" (Data): database "{path}", record "00000000"' in str(caught.value)
            assert str(caught.value).count("layer") == 1
            assert caught.value.span is not None
            assert caught.value.span.line == 4  # of data_param.source


def test_a_mean_that_does_not_fit_is_refused_before_the_first_batch(tmp_path: Path) -> None:
    from caffe2torch.weights import write_mean

    write_mean(tmp_path / "m.binaryproto", np.zeros((1, 5, 5), np.float32))
    net = graph(
        tmp_path,
        source(numbered(tmp_path / "db", 2), transform='mean_file: "m.binaryproto"'),
    )
    with pytest.raises(ShapeError, match=r'"m.binaryproto" is 1x5x5, and the image is 1x2x2'):
        open_feed(net)


def test_a_missing_mean_file_points_at_its_field(tmp_path: Path) -> None:
    net = graph(tmp_path, source(numbered(tmp_path / "db", 2), transform='mean_file: "no"'))
    with pytest.raises(DataError, match='mean_file "no" does not exist') as caught:
        open_feed(net)
    assert caught.value.span is not None
    assert (caught.value.span.line, caught.value.span.col) == (3, 21)


LOSS = """
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
  inner_product_param { num_output: 3 } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "data_label" %s }
layer { name: "accuracy" type: "Accuracy" bottom: "ip" bottom: "data_label" top: "accuracy" %s }
"""


def test_a_label_beyond_the_classes_of_a_loss_is_refused(tmp_path: Path) -> None:
    text = source(numbered(tmp_path / "db", 5)) + LOSS % ("", "")
    with open_feed(graph(tmp_path, text)) as feed:
        next(feed)
        with pytest.raises(DataError) as caught:
            next(feed)
    assert 'record "00000003": label 3, and layer "loss" (SoftmaxWithLoss) has 3' in str(
        caught.value
    )


def test_an_ignored_label_may_lie_beyond_the_classes(tmp_path: Path) -> None:
    ignoring = LOSS % ("loss_param { ignore_label: 3 }", "accuracy_param { ignore_label: 3 }")
    text = source(numbered(tmp_path / "db", 4)) + ignoring
    with open_feed(graph(tmp_path, text)) as feed:
        assert labels(feed, 2) == [0, 1, 2, 3]


def test_closing_ends_all_threads_and_may_be_repeated(tmp_path: Path) -> None:
    before = threading.active_count()
    feed = open_feed(graph(tmp_path, source(numbered(tmp_path / "db", 3))))
    next(feed)
    assert threading.active_count() > before
    feed.close()
    feed.close()
    assert threading.active_count() == before


def test_a_feed_that_cannot_be_opened_holds_nothing_open(tmp_path: Path) -> None:
    good = numbered(tmp_path / "good", 2)
    bad = source(numbered(tmp_path / "bad", 2), "b", transform='mean_file: "no"')
    net = graph(tmp_path, source(good, "a") + bad)
    with pytest.raises(DataError):
        open_feed(net)
    from caffe2torch.data.sources.lmdb import _environments

    assert not any(str(tmp_path) in path for path in _environments._held)
