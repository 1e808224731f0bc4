"""One solver update of ResNet-50's size against torch's own foreach SGD."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from caffe2torch.train.optim import SGD
from tools.benchmarks.pairs import Ratio, paired


def parameters() -> list[torch.nn.Parameter]:
    """161 tensors of 25.5 million numbers in all, gradients set."""
    shapes = [(64, 3, 7, 7)] + [(256, 256, 3, 3), (256,), (512, 256), (512,)] * 35
    shapes += [(1000, 2048), (1000,)]
    out = []
    for shape in shapes:
        parameter = torch.nn.Parameter(torch.randn(shape) * 0.01)
        parameter.grad = torch.randn(shape) * 0.01
        out.append(parameter)
    return out


def measure() -> Iterator[Ratio]:
    torch.manual_seed(0)
    ours = SGD(parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    theirs = torch.optim.SGD(parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4, foreach=True)
    yield paired(
        "SGD update of 28 million weights", ours.step, theirs.step,
        goal=1.05, against="torch.optim.SGD(foreach=True)", runs=15,
    )  # fmt: skip
