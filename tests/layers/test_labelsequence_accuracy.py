"""LabelsequenceAccuracy by hand."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes


def test_repetitions_and_blanks_are_dropped() -> None:
    read = torch.tensor([[1, 1, 0, 1, 2], [0, 0, 0, 0, 0], [2, 2, 2, 1, 1]])
    label = torch.tensor([[1.0, 1, 2], [0, 0, 0], [2, 1, 1]])
    (top,) = run_layer("LabelsequenceAccuracy", "", F.one_hot(read, 3).float(), label)
    assert top.item() == pytest.approx(2 / 3)


def test_another_blank() -> None:
    read = torch.tensor([[2, 0, 2, 0, 1]])
    text = "labelsequence_accuracy_param { blank_label: 2 }"
    (top,) = run_layer(
        "LabelsequenceAccuracy", text, F.one_hot(read, 3).float(), torch.tensor([[0.0, 0, 1, 2]])
    )
    assert top.item() == 1


def test_bad_input_is_refused() -> None:
    with pytest.raises(ShapeError, match="are not scores"):
        top_shapes("LabelsequenceAccuracy", "", [(3, 5, 4), (2, 2)])
