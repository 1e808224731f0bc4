"""QuantizationLoss by hand."""

from __future__ import annotations

import math

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes

X = [[0.0, -0.5, 1.0], [3.0, -2.5, 40.0]]


@pytest.mark.parametrize("threshold", [-1.0, 1.75])
def test_value_and_gradient(threshold: float) -> None:
    x = torch.tensor(X, requires_grad=True)
    text = f"quantization_param {{ threshold: {threshold} }}"
    (loss,) = run_layer("QuantizationLoss", text, x)
    far = [abs(v) - 1 for row in X for v in row]
    values = [d - math.log(2) if 0 < threshold < d else math.log(math.cosh(d)) for d in far]
    assert loss.item() == pytest.approx(sum(values) / 6, rel=1e-6)
    loss.backward()
    signs = [1 if v >= 0 else -1 for row in X for v in row]
    wanted = [s * math.tanh(d) / 2 for s, d in zip(signs, far, strict=True)]
    assert x.grad is not None
    assert x.grad.flatten().tolist() == pytest.approx(wanted, rel=1e-6)


def test_a_number_is_no_code() -> None:
    with pytest.raises(ShapeError, match="single number"):
        top_shapes("QuantizationLoss", "", [()])
