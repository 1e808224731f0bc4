"""Gather of one process: the bottoms under new names."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes


def test_tops_are_the_bottoms() -> None:
    x, label = torch.randn(3, 4, requires_grad=True), torch.tensor([1.0, 2.0, 0.0])
    same, labels = run_layer("Gather", "", x, label, tops=2)
    assert same is x
    assert labels is label


def test_as_many_tops_as_bottoms() -> None:
    with pytest.raises(ShapeError, match="2 bottoms and 1 top"):
        top_shapes("Gather", "", [(2, 3), (2,)])
