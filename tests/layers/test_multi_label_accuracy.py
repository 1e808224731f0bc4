"""MultiLabelAccuracy by hand."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes


def test_values() -> None:
    scores = torch.tensor([[1.0, 2.0, -1.0, 0.0], [-3.0, -1.0, 5.0, 2.0]])
    labels = torch.tensor([[1.0, 0.0, 1.0, 1.0], [0.0, 0.0, -1.0, 0.0]])
    (y,) = run_layer("MultiLabelAccuracy", "", scores, labels)
    # yes: 3, of which 2 found; no: 4, of which 2 found
    assert y.shape == (1, 5, 1, 1)
    wanted = [2 / 3, 2 / 4, 2 / (3 / 2 + 4 / 2), 2 / 4, 4 / (4 + 2 + 1)]
    assert y.flatten().tolist() == pytest.approx(wanted)


def test_without_examples() -> None:
    (y,) = run_layer("MultiLabelAccuracy", "", torch.ones(2, 2), torch.full((2, 2), -1.0))
    assert y.flatten().tolist() == [0] * 5


def test_shapes_must_be_alike() -> None:
    with pytest.raises(ShapeError, match="differ"):
        top_shapes("MultiLabelAccuracy", "", [(2, 3), (2, 4)])
