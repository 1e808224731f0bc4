"""BinaryInnerProduct against a loop."""

from __future__ import annotations

import numpy as np
import torch

from tests.layers.one_layer import one_net, run_net

TEXT = """inner_product_param { num_output: 2 weight_filler { type: "gaussian" } }
binary_inner_product_param { use_alpha: true }"""


def test_rows_count_by_their_signs_and_mean_size() -> None:
    net = one_net("BinaryInnerProduct", TEXT, [(3, 4)])
    weight, x = net.state_dict()["l.weight"], torch.randn(3, 4)
    (y,) = run_net(net, x)
    wanted = [
        [
            sum(v * (1 if w >= 0 else -1) for v, w in zip(row, ws, strict=True))
            * np.mean(np.abs(ws))
            for ws in weight.tolist()
        ]
        for row in x.tolist()
    ]
    np.testing.assert_allclose(y.detach(), wanted, rtol=1e-4, atol=1e-6)
    y.sum().backward()
    grad = dict(net.named_parameters())["l.weight"].grad
    np.testing.assert_allclose(grad, np.tile(x.sum(0), (2, 1)), rtol=1e-5)
