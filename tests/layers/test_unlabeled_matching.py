"""UnlabeledMatching against the loop of person_search, over two steps."""

from __future__ import annotations

import numpy as np
import torch

from tests.layers.one_layer import close, drawn, one_net, run_net

LABELS = [-1.0, 2.0, -1.0, 0.0]


def test_products_gradients_and_the_queue() -> None:
    net = one_net("UnlabeledMatching", "unlabeled_matching_param { queue_size: 3 }", [(4, 2), (4,)])
    rows, tail = np.zeros((3, 2)), 0
    (queue,) = net.buffers()
    for step in range(2):
        x, w = drawn(4, 2, seed=step).requires_grad_(), drawn(4, 3, seed=9)
        (y,) = run_net(net, x, torch.tensor(LABELS))
        (y * w).sum().backward()
        close(y, x.detach().numpy() @ rows.T)
        assert x.grad is not None
        close(x.grad, w.numpy() @ rows)
        for feature, at in zip(x.detach().numpy(), LABELS, strict=True):
            if at == -1:
                rows[tail] = feature
                tail = (tail + 1) % 3
        close(queue, rows)
