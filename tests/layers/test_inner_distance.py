"""InnerDistance against loops."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.layers.one_layer import one_net, run_net


@pytest.mark.parametrize("kind", ["L1", "L2"])
def test_distances_to_learned_centres(kind: str) -> None:
    text = f"""inner_distance_param {{ num_output: 3 distance_type: "{kind}" normalize: true
        weight_filler {{ type: "gaussian" }} }}"""
    net = one_net("InnerDistance", text, [(2, 4)])
    x = torch.randn(2, 4)
    (y,) = run_net(net, x)
    weight = net.state_dict()["l.weight"]
    np.testing.assert_allclose(weight.norm(dim=1), [1, 1, 1], rtol=1e-4)
    power = 1 if kind == "L1" else 2
    wanted = [
        [sum(abs(a - b) ** power for a, b in zip(r, c, strict=True)) for c in weight.tolist()]
        for r in x.tolist()
    ]
    np.testing.assert_allclose(y.detach(), wanted, rtol=1e-4)
    y.sum().backward()
    assert dict(net.named_parameters())["l.weight"].grad.abs().sum() > 0
