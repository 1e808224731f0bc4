"""PENLU against the loop of caffe_penlu, its gradients included."""

from __future__ import annotations

import math

import torch

from tests.layers.one_layer import close, one_net, run_net

POINTS = [-2.0, -0.5, 0.0, 0.5, 3.0]


def test_values_and_gradients() -> None:
    net = one_net("PENLU", "", [(1, 1, 5)])
    parameters = dict(net.named_parameters())
    alpha, beta, eta = 0.7, 1.3, 1.6
    for (_, parameter), value in zip(sorted(parameters.items()), (alpha, beta, eta), strict=True):
        parameter.data.fill_(value)
    x = torch.tensor([[POINTS]], requires_grad=True)
    (y,) = run_net(net, x)
    y.sum().backward()
    tops, slopes = [], []
    sums = dict.fromkeys(("alpha", "beta", "eta"), 0.0)
    for v in POINTS:
        top = v**eta if v > 0 else alpha * (math.exp(beta * min(v, 0.0)) - 1)
        tops.append(top)
        if v <= 0:
            sums["alpha"] += math.exp(beta * v) - 1
            sums["beta"] += v * (top + alpha)
            slopes.append(beta * (top + alpha))
        else:
            sums["eta"] += top * math.log(v)
            slopes.append(eta * top / v)
    close(y, [[tops]])
    assert x.grad is not None
    close(x.grad, [[slopes]])
    for name, parameter in parameters.items():
        assert parameter.grad is not None
        close(parameter.grad, [sums[name.rsplit(".", 1)[-1]]])
