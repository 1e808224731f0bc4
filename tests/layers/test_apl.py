"""APL against the loop of Learned-Activation-Functions, its gradients included."""

from __future__ import annotations

import numpy as np

from tests.layers.one_layer import close, drawn, one_net, run_net


def test_hinges_and_gradients() -> None:
    net = one_net("APL", "apl_param { sums: 2 }", [(3, 4)])
    by_name = {name.rsplit(".", 1)[-1]: p for name, p in net.named_parameters()}
    slope, offset = by_name["slope"], by_name["offset"]
    slope.data, offset.data = drawn(1, 1, 2, 4, seed=1), drawn(1, 1, 2, 4, seed=2)
    x, w = drawn(3, 4).requires_grad_(), drawn(3, 4, seed=3)
    (y,) = run_net(net, x)
    (y * w).sum().backward()
    data, diff = x.detach().numpy(), w.numpy()
    a, b = slope.detach().numpy().reshape(-1), offset.detach().numpy().reshape(-1)
    top, to_x, to_a, to_b = np.zeros((3, 4)), np.zeros((3, 4)), np.zeros(8), np.zeros(8)
    for e in range(3):
        for k in range(4):
            top[e, k] = max(data[e, k], 0)
            to_x[e, k] = diff[e, k] if data[e, k] > 0 else 0
            for s in range(2):
                at = 2 * k + s
                hinge = max(b[at] - data[e, k], 0)
                top[e, k] += a[at] * hinge
                to_a[at] += diff[e, k] * hinge
                to_b[at] += diff[e, k] * a[at] * (hinge > 0)
                to_x[e, k] -= diff[e, k] * a[at] * (hinge > 0)
    close(y, top)
    assert x.grad is not None and slope.grad is not None and offset.grad is not None
    close(x.grad, to_x)
    close(slope.grad.reshape(-1), to_a)
    close(offset.grad.reshape(-1), to_b)
