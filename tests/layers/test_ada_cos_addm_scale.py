"""AdaCosAddmScale against the loop of arcface-caffe, over two forwards."""

from __future__ import annotations

import math

import torch

from tests.layers.one_layer import close, one_net, run_net

X = [[0.3, -0.2, 0.9], [0.1, 0.2, 0.3]]
LABELS = [0, 2]


def test_the_scale_follows_the_angles() -> None:
    m, scale = 0.5, math.sqrt(2) * math.log(2)
    net = one_net("AdaCosAddmScale", "adacos_add_m_scale_param { num_classes: 3 }", [(2, 3), (2,)])
    for _ in range(2):
        x = torch.tensor(X, requires_grad=True)
        (y,) = run_net(net, x, torch.tensor([float(v) for v in LABELS]))
        y.sum().backward()
        top, slope = [row[:] for row in X], [[1.0] * 3 for _ in X]
        total = 0.0
        for i, label in enumerate(LABELS):
            cosine = X[i][label]
            sine = math.sqrt(1 - cosine * cosine)
            top[i][label] = cosine * math.cos(m) - sine * math.sin(m)
            slope[i][label] = math.cos(m) + math.sin(m) * cosine / sine
            total += sum(math.exp(scale * (0 if j == label else X[i][j])) for j in range(3))
        angle = min(sum(math.acos(v) for row in X for v in row) / 6, math.pi / 4)
        scale = math.log(total / 2) / math.cos(angle)
        close(y, [[v * scale for v in row] for row in top])
        assert x.grad is not None
        close(x.grad, [[v * scale for v in row] for row in slope])
