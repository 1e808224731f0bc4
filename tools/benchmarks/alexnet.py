"""AlexNet, batch 16: the built module against the same net written by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import nn

from caffe2torch.format.upgrade import read_net
from caffe2torch.graph import build_graph
from caffe2torch.module.build import build
from tools.benchmarks.pairs import Ratio, paired

ROOT = Path(__file__).parents[2]


class AlexNet(nn.Module):
    """solvers/alexnet's deploy net as a PyTorch user writes it, with Caffe's LRN from torch."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 96, 11, stride=4), nn.ReLU(inplace=True),
            nn.LocalResponseNorm(5), nn.MaxPool2d(3, stride=2),
            nn.Conv2d(96, 256, 5, padding=2, groups=2), nn.ReLU(inplace=True),
            nn.LocalResponseNorm(5), nn.MaxPool2d(3, stride=2),
            nn.Conv2d(256, 384, 3, padding=1), nn.ReLU(inplace=True),
            nn.Conv2d(384, 384, 3, padding=1, groups=2), nn.ReLU(inplace=True),
            nn.Conv2d(384, 256, 3, padding=1, groups=2), nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2),
        )  # fmt: skip
        self.classifier = nn.Sequential(
            nn.Flatten(), nn.Linear(9216, 4096), nn.ReLU(inplace=True), nn.Dropout(),
            nn.Linear(4096, 4096), nn.ReLU(inplace=True), nn.Dropout(),
            nn.Linear(4096, 1000), nn.Softmax(1),
        )  # fmt: skip

    def forward(self, data: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.classifier(self.features(data))
        return out


def measure() -> Iterator[Ratio]:
    net = read_net(str(ROOT / "solvers" / "alexnet" / "deploy.prototxt"))
    data = torch.randn(16, 3, 227, 227, generator=torch.Generator().manual_seed(0))
    graph = build_graph(net, phase="TEST", input_shapes={"data": (16, 3, 227, 227)})
    ours, theirs = build(graph, seed=0), AlexNet().eval()

    def step(module: nn.Module) -> None:
        module.zero_grad()
        module(data).square().sum().backward()

    against = "hand-written torch.nn"
    yield paired(
        "AlexNet forward and backward, batch 16",
        lambda: step(ours), lambda: step(theirs), goal=1.03, against=against,
    )  # fmt: skip
    with torch.no_grad():
        yield paired(
            "AlexNet forward, batch 16",
            lambda: ours(data), lambda: theirs(data), goal=1.03, against=against,
        )  # fmt: skip
