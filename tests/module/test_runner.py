"""A net at work on batch after batch: what it is fed, what it gives, and where it goes on."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from caffe2torch.module.options import Options
from caffe2torch.module.runner import Runner
from tests.graph.nets import graph

NET = """
layer { name: "d" type: "DummyData" top: "x" top: "y" dummy_data_param { shape { dim: 2 dim: 3 }
  shape { dim: 2 dim: 2 } data_filler { type: "gaussian" } data_filler { value: 1 } } }
layer { name: "more" type: "Input" top: "more" input_param { shape { dim: 2 dim: 2 } } }
layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip"
  inner_product_param { num_output: 2 } }
layer { name: "sum" type: "Eltwise" bottom: "ip" bottom: "more" top: "sum" }
layer { name: "l" type: "EuclideanLoss" bottom: "sum" bottom: "y" top: "l" loss_weight: 3 }
layer { name: "out" type: "Power" bottom: "y" top: "out" power_param { scale: 2 } }
"""


def runner(tmp_path: Path, text: str = NET, **more: object) -> Runner:
    return Runner(graph(tmp_path, text), Options(), seed=1, **more)  # type: ignore[arg-type]


def test_what_no_data_layer_makes_is_zeros_and_noted(tmp_path: Path) -> None:
    run = runner(tmp_path)
    blobs = run.run()
    assert not run.seen["more"].any() and (run.seen["y"] == 1).all() and run.seen["x"].any()
    assert any('layer "more" (Input) has no data of its own' in note for note in run.notes)
    assert set(blobs) == {"l", "out"}
    run.close()


def test_the_loss_is_weighted_and_scores_are_every_number(tmp_path: Path) -> None:
    run = runner(tmp_path)
    blobs = run.run()
    # weights are 0: Σ (0 − 1)² / 2N = 4 / 4
    assert run.loss(blobs).item() == pytest.approx(3)
    assert run.scores(blobs).tolist() == pytest.approx([1, 2, 2, 2, 2])
    assert run.score_names == ["l", "out", "out", "out", "out"]
    assert run.images == 2
    run.close()


def test_a_batch_can_be_repeated(tmp_path: Path) -> None:
    run = runner(tmp_path)
    run.run()
    first = run.seen
    run.repeated = first
    again = run.batch()
    assert torch.equal(again["x"], first["x"]) and again["x"] is not first["x"]
    run.repeated = None
    assert not torch.equal(run.batch()["x"], first["x"])
    run.close()


def test_it_goes_on_where_its_state_was_taken(tmp_path: Path) -> None:
    run = runner(tmp_path)
    run.run()
    state = run.state()
    following = [run.batch()["x"] for _ in range(2)]
    other = runner(tmp_path)
    other.restore(state)
    assert all(torch.equal(other.batch()["x"], x) for x in following)
    for one in (run, other):
        one.close()


def test_a_test_net_shares_the_layers_of_its_train_net(tmp_path: Path) -> None:
    train = runner(tmp_path)
    test = Runner(graph(tmp_path, NET, phase="TEST"), Options(), share_with=train)
    assert train.net.get_parameter("ip.weight") is test.net.get_parameter("ip.weight")
    for one in (train, test):
        one.close()


def test_without_data_every_batch_is_zeros(tmp_path: Path) -> None:
    run = runner(tmp_path, data=False)
    assert run.feed is None and not any(value.any() for value in run.batch().values())
    assert run.state()["feed"] is None
