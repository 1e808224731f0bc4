"""WordSum against the loop of Ask, Attend and Answer, its gradients included."""

from __future__ import annotations

import numpy as np

from tests.layers.one_layer import close, drawn, one_net, run_net


def test_sums_and_gradients() -> None:
    net = one_net("WordSum", "word_sum_param { num_output: 2 }", [(2, 3, 4)])
    by_name = {name.rsplit(".", 1)[-1]: p for name, p in net.named_parameters()}
    weight, bias = by_name["weight"], by_name["bias"]
    weight.data, bias.data = drawn(2, 3, seed=1), drawn(8, seed=2)
    x, w = drawn(2, 3, 4).requires_grad_(), drawn(2, 2, 4, seed=3)
    (y,) = run_net(net, x)
    (y * w).sum().backward()
    data, rows, diff = x.detach().numpy(), weight.detach().numpy(), w.numpy()
    close(y, np.stack([rows @ item for item in data]) + bias.detach().numpy().reshape(2, 4))
    assert x.grad is not None and weight.grad is not None and bias.grad is not None
    close(x.grad, np.stack([rows.T @ item for item in diff]))
    close(weight.grad, sum(diff[i] @ data[i].T for i in range(2)))
    close(bias.grad, diff.sum(axis=0).reshape(-1))
