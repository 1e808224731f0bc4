"""Shuffled batches hold the same records, each with its label, and go on after a stop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from caffe2torch.format import upgrade
from caffe2torch.graph import build_graph
from caffe2torch.graph.filtering import net_state
from caffe2torch.module.feed import open_feed
from caffe2torch.module.shuffle import MOST, Shuffled, mixed
from tests.train import tiny

ALL = 3
"""Batches of 6 among the 22 records that tiny writes, which wrap round."""


def shuffled(folder: Path, seed: int = 3, memory: int = 1 << 20) -> Shuffled:
    tiny.write(folder)
    net = upgrade.read_net(folder / "net.prototxt")
    net.message.layer[0].transform_param.ClearField("mirror")
    net.message.layer[0].transform_param.ClearField("crop_size")
    return Shuffled(open_feed(build_graph(net, net_state(net, "TRAIN")), seed), memory)


def brightest(batch: dict[str, Tensor]) -> list[int]:
    """The quarter that is brightest, which is the label."""
    data = batch["data"]
    quarters = [data[:, 0, y : y + 3, x : x + 3].mean((1, 2)) for y in (0, 4) for x in (0, 4)]
    return torch.stack(quarters).argmax(0).tolist()


def test_labels_stay_with_their_images(tmp_path: Path) -> None:
    feed = shuffled(tmp_path)
    batches = [next(feed) for _ in range(5)]
    feed.close()
    for batch in batches:
        assert brightest(batch) == batch["label"].int().tolist()
    labels = torch.cat([batch["label"] for batch in batches]).tolist()
    assert labels != [i % 22 % 4 for i in range(30)]


def test_a_block_holds_the_records_of_its_batches(tmp_path: Path) -> None:
    feed, plain = shuffled(tmp_path), shuffled(tmp_path).feed
    feed.count = ALL
    mixed_up = torch.cat([next(feed)["data"] for _ in range(ALL)]).flatten(1)
    in_order = torch.cat([next(plain)["data"] for _ in range(ALL)]).flatten(1)
    feed.close()
    plain.close()
    assert not torch.equal(mixed_up, in_order)
    assert sorted(mixed_up.tolist()) == sorted(in_order.tolist())


def test_the_memory_bounds_the_block(tmp_path: Path) -> None:
    for memory, count in ((1, 2), (10_000, 8), (1 << 40, MOST)):
        feed = shuffled(tmp_path, memory=memory)
        next(feed)
        assert feed.count == count  # a batch is 6 x (49 + 1) floats
        feed.close()


@pytest.mark.parametrize("done", [0, 1, 3, 4, 7])
def test_it_goes_on_where_it_was(done: int, tmp_path: Path) -> None:
    first = shuffled(tmp_path)
    first.count = ALL
    for _ in range(done):
        next(first)
    state: dict[str, Any] = first.state()
    expected = [next(first)["data"] for _ in range(5)]
    second = shuffled(tmp_path, seed=99)
    second.restore(state)
    if not done:
        second.count = ALL
    for value in expected:
        assert torch.equal(next(second)["data"], value)
    first.close()
    second.close()


def test_batches_change_places_where_items_do_not_fit() -> None:
    batches = [{"a": torch.full((2,), i), "b": torch.full((3,), i)} for i in range(9)]
    out = mixed(batches, torch.Generator().manual_seed(0))
    order = [int(batch["a"][0]) for batch in out]
    assert order != list(range(9)) and sorted(order) == list(range(9))
    assert all(int(batch["b"][0]) == i for batch, i in zip(out, order, strict=True))
