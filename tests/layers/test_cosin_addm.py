"""CosinAddm against the loop of arcface-caffe, its gradient included."""

from __future__ import annotations

import math

import torch

from tests.layers.one_layer import close, run_layer

X = [[0.3, -0.2, 0.9], [0.1, 0.2, 0.3], [0.0, -0.95, 0.5], [1.2, 0.0, 0.0]]
LABELS = [0, 2, 1, 0]


def test_the_label_is_moved_away() -> None:
    m = 0.5
    x = torch.tensor(X, requires_grad=True)
    (y,) = run_layer("CosinAddm", "", x, torch.tensor([float(v) for v in LABELS]))
    y.sum().backward()
    top, slope = [row[:] for row in X], [[1.0] * 3 for _ in X]
    for i, label in enumerate(LABELS):
        cosine = min(X[i][label], 1.0)
        sine = math.sqrt(1 - cosine * cosine)
        if cosine <= math.cos(math.pi - m):
            top[i][label] = cosine - math.sin(math.pi - m) * m
        else:
            top[i][label] = cosine * math.cos(m) - sine * math.sin(m)
            slope[i][label] = math.cos(m) + math.sin(m) * cosine / sine if sine else 1.0
    close(y, top)
    assert x.grad is not None
    close(x.grad, slope)
