"""ClassWiseProduct against the loop of QaDWH, its gradients included."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.layers.one_layer import close, drawn, one_net, run_net

TEXT = "classwise_product_param { num_output: 4 num_class: 3 bias_term: false }"
LABELS = [[[2.0], [0.0]], [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]]


@pytest.mark.parametrize("labels", LABELS, ids=["one label", "several labels"])
def test_products_and_gradients(labels: list[list[float]]) -> None:
    net = one_net("ClassWiseProduct", TEXT, [(2, 4), (2, len(labels[0]))])
    (weight,) = net.parameters()
    weight.data = drawn(3, 4, 1, 1, seed=2)
    x = drawn(2, 4).requires_grad_()
    (y,) = run_net(net, x, torch.tensor(labels))
    y.sum().backward()
    data, rows = x.detach().numpy(), weight.detach().numpy().reshape(3, 4)
    top, to_x, to_w = np.zeros((2, 4)), np.zeros((2, 4)), np.zeros((3, 4))
    for i, label in enumerate(labels):
        classes = [int(label[0])] if len(label) == 1 else [j for j, v in enumerate(label) if v > 0]
        for j in classes:
            top[i] += data[i] * rows[j] / len(classes)
            to_x[i] += rows[j] / len(classes)
            to_w[j] += data[i] / len(classes)
    close(y.reshape(2, 4), top)
    assert x.grad is not None and weight.grad is not None
    close(x.grad, to_x)
    close(weight.grad.reshape(3, 4), to_w)
