"""MatrixMultiplication against a naive loop; test_examples differentiates it."""

from __future__ import annotations

import numpy as np
import pytest

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import drawn, run_layer, top_shapes


@pytest.mark.parametrize("shapes", [((2, 3, 4), (2, 4, 5)), ((3, 4), (2, 4, 5)), ((3, 4), (4, 5))])
def test_matrix_multiplication(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    a, b = drawn(*shapes[0]), drawn(*shapes[1], seed=1)
    (y,) = run_layer("MatrixMultiplication", "", a, b)
    first, second = (v if v.dim() == 3 else v[None] for v in (a, b))
    for n, i, j in np.ndindex(max(len(first), len(second)), 3, 5):
        one, other = first[min(n, len(first) - 1)], second[min(n, len(second) - 1)]
        value = sum(one[i, k].item() * other[k, j].item() for k in range(4))
        assert y.reshape(-1, 3, 5)[n, i, j].item() == pytest.approx(value, rel=1e-5)
    with pytest.raises(ShapeError, match="got"):
        top_shapes("MatrixMultiplication", "", [(2, 3, 4), (3, 4, 5)])
