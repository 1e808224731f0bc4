"""Quant against loops: levels, signs, and the other function's gradient."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes

CENTERS = (0.25, 0.5, 1.0)
LEVELS = "quant_param { clip_thr: 0.9 centers: 0.25 centers: 0.5 centers: 1 negative_slope: 0.1 }"


def test_levels_are_the_nearest_center_of_positive_values() -> None:
    x = torch.tensor([-1.0, 0.0, 0.1, 0.375, 0.376, 0.74, 0.76, 9.0])
    (y,) = run_layer("Quant", LEVELS, x)
    wanted = []
    for v in x.tolist():
        level = -0.1
        if v > 0:
            level = next(c for c, end in zip(CENTERS, (0.375, 0.75, 1e9), strict=True) if v <= end)
        wanted.append(level)
    np.testing.assert_allclose(y, wanted, rtol=1e-6)


def test_the_gradient_is_that_of_relu_up_to_the_clip() -> None:
    x = torch.tensor([-1.0, 0.5, 0.9, 0.95], requires_grad=True)
    run_layer("Quant", LEVELS, x)[0].sum().backward()
    np.testing.assert_allclose(x.grad, [0.1, 1, 1, 0], rtol=1e-6)


@pytest.mark.parametrize(
    ("kind", "wanted"), [("sign", [-1, 1, 1]), ("hard_tanh", [-1, 0, 1]), ("relu", [0, 0, 2])]
)
def test_other_functions(kind: str, wanted: list[float]) -> None:
    text = f'quant_param {{ forward_func: "{kind}" backward_func: "hard_tanh" clip_thr: 1.5 }}'
    x = torch.tensor([-2.0, 0.0, 2.0], requires_grad=True)
    (y,) = run_layer("Quant", text, x)
    assert y.tolist() == wanted
    y.sum().backward()
    assert x.grad.tolist() == [0, 1, 0]


def test_an_unknown_function_is_refused() -> None:
    with pytest.raises(ShapeError, match="forward_func is 'cube'"):
        top_shapes("Quant", 'quant_param { forward_func: "cube" }', [(2, 3)])
