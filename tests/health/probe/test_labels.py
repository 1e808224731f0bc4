"""Labels among the images: whose they are, and how they are shuffled."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from caffe2torch.health.probe import labels
from tests.graph.nets import graph, ip
from tests.health.probe.seen import trial

DATA = (
    'layer { name: "d" type: "DummyData" top: "data" top: "y" dummy_data_param '
    "{ shape { dim: 2 dim: 3 } shape { dim: 2 } } }\n"
)
LOSS = 'layer {{ name: "l" type: "{}" bottom: "a" bottom: "y" top: "l" {} }}\n'
ACCURACY = 'layer { name: "acc" type: "Accuracy" bottom: "a" bottom: "y" top: "acc" }\n'


@pytest.mark.parametrize(
    ("rest", "blob"),
    [
        (LOSS.format("SoftmaxWithLoss", ""), "y"),
        (LOSS.format("SoftmaxWithLoss", "") + ACCURACY, "y"),  # behind a Split
        (LOSS.format("SoftmaxWithLoss", "loss_weight: 0"), ""),
        (LOSS.format("HingeLoss", ""), ""),
        (ACCURACY, ""),
    ],
)
def test_labels_are_those_of_the_first_softmax_that_counts(
    tmp_path: Path, rest: str, blob: str
) -> None:
    run: Any = SimpleNamespace(graph=graph(tmp_path, DATA + ip("a", "data", "a") + rest))
    node, label = labels.labelled(run)
    assert label == blob and (node is None) == (blob == "")


def batches(*sizes: int) -> list[dict[str, torch.Tensor]]:
    numbers = iter(range(100))
    return [
        {"x": torch.full((n, 1), float(i)), "y": torch.tensor([next(numbers) for _ in range(n)])}
        for i, n in enumerate(sizes)
    ]


def test_labels_are_shuffled_among_all_images_and_nothing_else() -> None:
    given = batches(4, 4, 2)
    mixed = labels.shuffled(given, "y", seed=1)
    assert [len(batch["y"]) for batch in mixed] == [4, 4, 2]
    every = torch.cat([batch["y"] for batch in mixed])
    assert sorted(every.tolist()) == list(range(10)) and every.tolist() != list(range(10))
    assert all(a["x"] is b["x"] for a, b in zip(given, mixed, strict=True))
    again = torch.cat([batch["y"] for batch in labels.shuffled(given, "y", seed=1)])
    other = torch.cat([batch["y"] for batch in labels.shuffled(given, "y", seed=2)])
    assert torch.equal(every, again) and not torch.equal(every, other)


def test_the_newest_loss_is_the_mean_of_a_round() -> None:
    assert labels.newest(trial([9.0, 1.0, 2.0, 3.0, 4.0])) == 2.5


def test_the_mean_loss_is_over_all_batches_with_the_same_random_numbers() -> None:
    drawn = []

    def forward(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        drawn.append(torch.rand(1).item())
        return x.sum()

    run: Any = SimpleNamespace(forward=forward, loss=lambda blobs: blobs)
    assert [labels.mean_loss(run, batches(1, 3, 2)) for _ in range(2)] == [7 / 3, 7 / 3]
    assert drawn[:3] == drawn[3:]
