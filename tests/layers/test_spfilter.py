"""Spfilter against the loop of crn, its gradients included."""

from __future__ import annotations

import numpy as np
import pytest

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import close, drawn, one_graph, run_layer


def test_products_and_gradients() -> None:
    x, y = drawn(2, 3, 2, 2).requires_grad_(), drawn(2, 1, 2, 2, seed=1).requires_grad_()
    s = drawn(2, 4, seed=2).requires_grad_()
    tops = run_layer("Spfilter", "", x, y, s, tops=2)
    weights = [drawn(*top.shape, seed=3) for top in tops]
    sum((top * w).sum() for top, w in zip(tops, weights, strict=True)).backward()
    select, to_s = s.detach().numpy().reshape(2, 1, 2, 2), np.zeros((2, 2, 2))
    for bottom, top, w in zip((x, y), tops, weights, strict=True):
        close(top, bottom.detach().numpy() * select)
        assert bottom.grad is not None
        close(bottom.grad, w.numpy() * select)
        to_s += (bottom.detach().numpy() * w.numpy()).sum(axis=1)
    assert s.grad is not None
    close(s.grad.reshape(2, 2, 2), to_s)


def test_weights_and_tops_must_fit() -> None:
    with pytest.raises(ShapeError, match="no weights"):
        one_graph("Spfilter", "", [(2, 3, 4, 5), (2, 19)])
    with pytest.raises(ShapeError, match="tops for"):
        one_graph("Spfilter", "", [(2, 3, 4, 5), (2, 20)], tops=2)
