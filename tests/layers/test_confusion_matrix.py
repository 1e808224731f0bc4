"""ConfusionMatrix: shares of predictions by label, counted by hand."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from caffe2torch.module import build
from tests.layers.one_layer import one_graph, one_net

SCORES = torch.tensor([[3.0, 1, 0], [0, 2, 1], [5, 4, 5], [0, 0, 1]])
LABELS = torch.tensor([0.0, 1, 1, 2])


def test_shares_of_each_label() -> None:
    net = one_net("ConfusionMatrix", "", [(4, 3), (4,)])
    (matrix,) = build.run(net, {"b0": SCORES, "b1": LABELS}, ["t0"]).values()
    expected = [[1, 0, 0], [0.5, 0.5, 0], [0, 0, 1]]
    assert matrix.tolist() == expected, "of equal scores the first"


def test_a_class_without_labels_is_no_number() -> None:
    net = one_net("ConfusionMatrix", "", [(4, 3), (4,)])
    (matrix,) = build.run(net, {"b0": SCORES, "b1": LABELS.clamp(max=1)}, ["t0"]).values()
    assert matrix[2].isnan().all()
    assert matrix[:2].isfinite().all()


def test_along_another_axis() -> None:
    net = one_net("ConfusionMatrix", "confusion_matrix_param { axis: -1 }", [(2, 2, 3), (2, 2)])
    blobs = {"b0": SCORES.reshape(2, 2, 3), "b1": LABELS.reshape(2, 2)}
    (matrix,) = build.run(net, blobs, ["t0"]).values()
    assert matrix.sum(1).tolist() == [1, 1, 1]
    assert matrix[1].tolist() == [0.5, 0.5, 0]


def test_without_a_top() -> None:
    assert one_graph("ConfusionMatrix", "", [(4, 3), (4,)], 0).outputs == []
    one_net("ConfusionMatrix", "", [(4, 3), (4,)], 0)


def test_one_label_a_vector_of_scores() -> None:
    with pytest.raises(ShapeError, match="labels"):
        one_graph("ConfusionMatrix", "", [(4, 3), (4, 3)])
