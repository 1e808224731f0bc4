"""LabeledMatching against the loop of person_search, over two steps."""

from __future__ import annotations

import numpy as np
import torch

from tests.layers.one_layer import close, drawn, one_net, run_net

LABELS = [1.0, -1.0, 0.0, 1.0, 9.0]


def test_products_gradients_and_what_is_stored() -> None:
    net = one_net(
        "LabeledMatching", "labeled_matching_param { num_classes: 3 momentum: 0.25 }",
        [(5, 4), (5,)], tops=2,
    )  # fmt: skip
    rows, stamps = np.zeros((3, 4)), np.zeros(3)
    buffers = {name.rsplit(".", 1)[-1]: b for name, b in net.named_buffers()}
    for step in range(2):
        x, w = drawn(5, 4, seed=step).requires_grad_(), drawn(5, 3, seed=9)
        y, label = run_net(net, x, torch.tensor(LABELS))
        (y * w).sum().backward()
        close(y, x.detach().numpy() @ rows.T)
        close(label, [1, -1, 0, 1, -1])
        assert x.grad is not None
        close(x.grad, w.numpy() @ rows)
        stamps += 1
        for feature, at in zip(x.detach().numpy(), LABELS, strict=True):
            if 0 <= at < 3:
                rows[int(at)] = 0.25 * rows[int(at)] + 0.75 * feature
                stamps[int(at)] = 0
        close(buffers["weight"], rows)
        close(buffers["stamp"], stamps)
