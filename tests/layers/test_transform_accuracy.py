"""TransformAccuracy by hand; test_transform_softmax_loss.py has what it shares."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes
from tests.layers.test_transform_softmax_loss import text


@pytest.mark.parametrize(("top_k", "wanted"), [(1, 1 / 4), (2, 2 / 4), (3, 3 / 4)])
def test_accuracy_of_equal_scores_prefers_the_later(
    tmp_path: Path, top_k: int, wanted: float
) -> None:
    scores = torch.tensor([[1.0, 1, 1], [9, 0, 0], [2, 2, 1], [1, 2, 3]])
    labels = torch.tensor([0.0, 1, 2, 2])  # classes 2, none, 0, 0
    more = f"accuracy_param {{ top_k: {top_k} }}"
    (accuracy,) = run_layer("TransformAccuracy", text(tmp_path, more=more), scores, labels)
    assert accuracy.item() == wanted


def test_top_k_above_the_classes(tmp_path: Path) -> None:
    with pytest.raises(ShapeError, match="top_k is 4"):
        top_shapes(
            "TransformAccuracy",
            text(tmp_path, more="accuracy_param { top_k: 4 }"),
            [(4, 3), (4,)],
        )
