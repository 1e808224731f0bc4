"""EltwiseAffine against a naive loop; test_examples holds its gradient against differences."""

from __future__ import annotations

import numpy as np

from tests.layers.one_layer import close, drawn, one_net, run_layer, run_net


def test_eltwise_affine() -> None:
    fillers = (
        "eltwise_affine_param { slope_filler { type: 'gaussian' std: 1 } "
        "bias_filler { type: 'gaussian' std: 1 } }"
    )
    net, x = one_net("EltwiseAffine", fillers, [(2, 3, 4)]), drawn(2, 3, 4)
    slope, bias = (p.detach().numpy() for p in net.get_submodule("l").parameters())
    expected = np.empty((2, 3, 4))
    for n, c, i in np.ndindex(2, 3, 4):
        expected[n, c, i] = x[n, c, i] * slope[c] + bias[c]
    close(run_net(net, x)[0].detach(), expected)
    (y,) = run_layer("EltwiseAffine", "", x)
    close(y.detach(), 1.0001 * x + 0.0001)
