"""Netvlad against the loop of crn, its gradients included."""

from __future__ import annotations

import numpy as np
import pytest

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import close, drawn, one_graph, one_net, run_net

TEXT = "netvlad_param { cluster_num: 2 local_dim: 3 vlad_dim: 6 }"


def test_sums_and_gradients() -> None:
    net = one_net("Netvlad", TEXT, [(2, 2, 2, 2), (2, 3, 2, 2)])
    (weight,) = net.parameters()
    weight.data = drawn(2, 3, seed=3)
    a, f = drawn(2, 2, 2, 2).requires_grad_(), drawn(2, 3, 2, 2, seed=1).requires_grad_()
    w = drawn(2, 6, seed=2)
    (y,) = run_net(net, a, f)
    (y * w).sum().backward()
    an, fn = (t.detach().numpy().reshape(2, -1, 4).astype(np.float64) for t in (a, f))
    centres, diff = weight.detach().numpy(), w.numpy().reshape(2, 2, 3)
    top, to_a, to_f, to_c = (
        np.zeros((2, 2, 3)),
        np.zeros(an.shape),
        np.zeros(fn.shape),
        np.zeros((2, 3)),
    )
    for n in range(2):
        for k in range(2):
            for p in range(4):
                for d in range(3):
                    residue = fn[n, d, p] + centres[k, d]
                    top[n, k, d] += an[n, k, p] * residue
                    to_a[n, k, p] += residue * diff[n, k, d]
                    to_f[n, d, p] += an[n, k, p] * diff[n, k, d]
                    to_c[k, d] += an[n, k, p] * diff[n, k, d]
    close(y, top.reshape(2, 6))
    assert a.grad is not None and f.grad is not None and weight.grad is not None
    close(a.grad.reshape(2, 2, 4), to_a)
    close(f.grad.reshape(2, 3, 4), to_f)
    close(weight.grad, to_c)


def test_sizes_must_fit() -> None:
    with pytest.raises(ShapeError, match="cluster_num"):
        one_graph("Netvlad", TEXT.replace("6", "7"), [(2, 2, 2, 2), (2, 3, 2, 2)])
    with pytest.raises(ShapeError, match="takes"):
        one_graph("Netvlad", TEXT, [(2, 2, 2, 2), (2, 3, 2, 3)])
