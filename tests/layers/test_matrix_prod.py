"""MatrixProd against plain loops, its gradients included."""

from __future__ import annotations

import numpy as np
import pytest

from tests.layers.one_layer import close, drawn, run_layer


@pytest.mark.parametrize("shape", [(2, 3, 4), (1, 2, 4)], ids=["matrices", "rows"])
def test_products_and_gradients(shape: tuple[int, ...]) -> None:
    a, b = drawn(*shape).requires_grad_(), drawn(2, 4, 5, seed=1).requires_grad_()
    (y,) = run_layer("MatrixProd", "", a, b)
    w = drawn(*y.shape, seed=2)
    (y * w).sum().backward()
    left, right = a.detach().numpy().reshape(2, -1, 4), b.detach().numpy()
    diff = w.numpy().reshape(2, -1, 5)
    close(y, np.stack([left[i] @ right[i] for i in range(2)]).reshape(y.shape))
    assert a.grad is not None and b.grad is not None
    close(a.grad, np.stack([diff[i] @ right[i].T for i in range(2)]).reshape(shape))
    close(b.grad, np.stack([left[i].T @ diff[i] for i in range(2)]))
