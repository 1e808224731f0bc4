"""MultiLabelSigmoidLoss by hand."""

from __future__ import annotations

import math

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes


def test_value_and_gradient() -> None:
    x = torch.tensor([[0.5, -1.0], [2.0, 3.0]], requires_grad=True)
    targets = torch.tensor([[1.0, 0.0], [-1.0, 0.25]])
    (loss,) = run_layer("MultiLabelSigmoidLoss", "", x, targets)
    sigmoid = [1 / (1 + math.exp(-v)) for v in (0.5, -1.0, 3.0)]
    total = -math.log(sigmoid[0]) - math.log(1 - sigmoid[1])
    total -= 0.25 * math.log(sigmoid[2]) + 0.75 * math.log(1 - sigmoid[2])
    assert loss.item() == pytest.approx(total / 3, rel=1e-5)
    loss.backward()
    assert x.grad is not None
    wanted = [(sigmoid[0] - 1) / 2, sigmoid[1] / 2, 0, (sigmoid[2] - 0.25) / 2]
    assert x.grad.flatten().tolist() == pytest.approx(wanted, rel=1e-5)


def test_without_a_target_that_counts() -> None:
    x = torch.ones(2, 2, requires_grad=True)
    (loss,) = run_layer("MultiLabelSigmoidLoss", "", x, torch.full((2, 2), -1.0))
    loss.backward()
    assert loss.item() == 0
    assert x.grad is not None
    assert not x.grad.any()


def test_shapes_must_be_alike() -> None:
    with pytest.raises(ShapeError, match="differ"):
        top_shapes("MultiLabelSigmoidLoss", "", [(2, 3), (2, 4)])
