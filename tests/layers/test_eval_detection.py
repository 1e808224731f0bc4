"""EvalDetection by hand."""

from __future__ import annotations

import math

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes

TEXT = (
    "eval_detection_param {{ side: 2 num_class: 2 num_object: 1 biases: [1, 1] nms: 0.4 "
    "threshold: 0.6 {} }}"
)


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def bottoms() -> tuple[torch.Tensor, torch.Tensor]:
    """Four cells, each with a box of its own cell: classes 0, 0, 1, 1."""
    x = torch.zeros(1, 7, 2, 2)
    x[0, 4] = torch.tensor([[4.0, 3.0], [2.0, -9.0]])
    x[0, 5] = torch.tensor([[5.0, 5.0], [0.0, 0.0]])
    x[0, 6] = torch.tensor([[0.0, 0.0], [5.0, 5.0]])
    truth = [[0, 1, 0, 0.0, 0.0, 0.5, 0.5, 0], [0, 1, 0, 0.5, 0.0, 0.6, 0.5, 0], [-1, 1] + [0] * 6]
    return x, torch.tensor(truth)[None, None].float()


def test_counts_then_verdicts_by_class() -> None:
    (top,) = run_layer("EvalDetection", TEXT.format(""), *bottoms(), torch.zeros(1, 3, 4, 4))
    p = sigmoid(5)
    wanted = [2, 0]
    wanted += [0, sigmoid(4) * p, 1, 0]
    wanted += [0, sigmoid(3) * p, 0, 0]  # too little overlap: neither true nor false
    wanted += [1, sigmoid(2) * p, 0, 1]  # no object of the class
    wanted += [0, 0, 0, 0]  # scores below 0.005 are dropped
    assert top.tolist() == [pytest.approx(wanted)]


@pytest.mark.parametrize(
    ("kind", "score"),
    [("OBJ", sigmoid(4)), ("PROB", sigmoid(5)), ("MULTIPLY", sigmoid(4) * sigmoid(5))],
)
def test_score_types(kind: str, score: float) -> None:
    (top,) = run_layer("EvalDetection", TEXT.format(f"score_type: {kind}"), *bottoms())
    assert top[0, 3].item() == pytest.approx(score)


def test_a_second_hit_of_an_object_is_false() -> None:
    x, truth = bottoms()
    x[0, 0, 0, 1], x[0, 2, 0] = -20.0, math.log(2.0)
    truth[0, 0, 0, 3:7] = torch.tensor([0.0, 0.0, 0.9, 0.5])
    (top,) = run_layer("EvalDetection", TEXT.format("").replace("0.4", "0.9"), x, truth)
    rows = top[0, 2:].view(4, 4)
    assert rows[:2, 2:].tolist() == [[1, 0], [0, 1]]


def test_negative_nms_gives_no_detection() -> None:
    (top,) = run_layer("EvalDetection", TEXT.format("").replace("0.4", "-1"), *bottoms())
    assert top[0].tolist() == [2] + [0] * 17


def test_bad_input_is_refused() -> None:
    assert top_shapes("EvalDetection", TEXT.format(""), [(3, 7, 2, 2), (1, 1, 4, 8)]) == [(3, 18)]
    with pytest.raises(ShapeError, match="2 cells a side"):
        top_shapes("EvalDetection", TEXT.format(""), [(3, 7, 3, 3), (1, 1, 4, 8)])
