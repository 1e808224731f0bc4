"""Six nets twice: as Caffe describes them, and as a PyTorch user writes them by hand.

`described(name, batch)` is the text of a train net on DummyData with a SoftmaxWithLoss;
`handwritten(name)` a module (N, C, H, W) -> (N, classes) of the same layers in torch's own
operators, which the same loss follows. `tests/tools/test_bench.py` holds them to the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from caffe2torch import caffe_pb2 as pb
from caffe2torch.format.schema import parse_message
from tests.convert import families

SOLVERS = Path(__file__).parents[2] / "solvers"


def conv(n: int, m: int, k: int, stride: int = 1, pad: int = 0, groups: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(n, m, k, stride, pad, groups=groups), nn.ReLU(inplace=True))


def pool(k: int, stride: int, pad: int = 0) -> nn.MaxPool2d:
    return nn.MaxPool2d(k, stride, pad, ceil_mode=True)


def lenet() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 20, 5), pool(2, 2), nn.Conv2d(20, 50, 5), pool(2, 2),
        nn.Flatten(), nn.Linear(800, 500), nn.ReLU(inplace=True), nn.Linear(500, 10),
    )  # fmt: skip


def cifar10_quick() -> nn.Module:
    def average() -> nn.AvgPool2d:
        return nn.AvgPool2d(3, 2, ceil_mode=True)

    return nn.Sequential(
        conv(3, 32, 5, pad=2), pool(3, 2), conv(32, 32, 5, pad=2), average(),
        conv(32, 64, 5, pad=2), average(), nn.Flatten(), nn.Linear(1024, 64), nn.Linear(64, 10),
    )  # fmt: skip


def alexnet() -> nn.Module:
    return nn.Sequential(
        conv(3, 96, 11, 4), nn.LocalResponseNorm(5), pool(3, 2),
        conv(96, 256, 5, pad=2, groups=2), nn.LocalResponseNorm(5), pool(3, 2),
        conv(256, 384, 3, pad=1), conv(384, 384, 3, pad=1, groups=2),
        conv(384, 256, 3, pad=1, groups=2), pool(3, 2),
        nn.Flatten(), nn.Linear(9216, 4096), nn.ReLU(inplace=True), nn.Dropout(),
        nn.Linear(4096, 4096), nn.ReLU(inplace=True), nn.Dropout(), nn.Linear(4096, 1000),
    )  # fmt: skip


class Inception(nn.Module):
    """Four branches of one input, put together along the channels."""

    def __init__(self, n: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        n1, r3, n3, r5, n5, proj = widths
        self.branches = nn.ModuleList([
            conv(n, n1, 1),
            nn.Sequential(conv(n, r3, 1), conv(r3, n3, 3, pad=1)),
            nn.Sequential(conv(n, r5, 1), conv(r5, n5, 5, pad=2)),
            nn.Sequential(pool(3, 1, 1), conv(n, proj, 1)),
        ])  # fmt: skip
        self.width = n1 + n3 + n5 + proj

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self.branches], 1)


def googlenet() -> nn.Module:
    parts: list[nn.Module] = [
        conv(3, 64, 7, 2, 3), pool(3, 2), nn.LocalResponseNorm(5),
        conv(64, 64, 1), conv(64, 192, 3, pad=1), nn.LocalResponseNorm(5), pool(3, 2),
    ]  # fmt: skip
    width = 192
    for tag, widths in families.INCEPTION.items():
        parts.append(Inception(width, widths))
        width = parts[-1].width
        if tag in ("3b", "4e"):
            parts.append(pool(3, 2))
    tail = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(), nn.Linear(width, 1000)]
    return nn.Sequential(*parts, *tail)


class Bottleneck(nn.Module):
    """1×1, 3×3, 1×1 with the stride in front, as in He et al."""

    def __init__(self, n: int, width: int, stride: int) -> None:
        super().__init__()

        def normalized(n: int, m: int, k: int, stride: int = 1) -> nn.Sequential:
            plain = nn.Conv2d(n, m, k, stride, k // 2, bias=False)
            return nn.Sequential(plain, nn.BatchNorm2d(m))

        self.a = normalized(n, width, 1, stride)
        self.b = normalized(width, width, 3)
        self.c = normalized(width, 4 * width, 1)
        self.short = normalized(n, 4 * width, 1, stride) if n != 4 * width else nn.Identity()
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        y = self.c(self.relu(self.b(self.relu(self.a(x)))))
        out: Tensor = self.relu(y + self.short(x))
        return out


def resnet50() -> nn.Module:
    parts: list[nn.Module] = [
        nn.Conv2d(3, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU(inplace=True), pool(3, 2)
    ]  # fmt: skip
    n = 64
    for width, count, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for i in range(count):
            parts.append(Bottleneck(n, width, stride if i == 0 else 1))
            n = 4 * width
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(n, 1000))


def vgg16() -> nn.Module:
    parts: list[nn.Module] = []
    n = 3
    for width, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(count):
            parts.append(conv(n, width, 3, pad=1))
            n = width
        parts.append(pool(2, 2))
    for n, m in ((25088, 4096), (4096, 4096)):
        parts += [nn.Linear(n, m), nn.ReLU(inplace=True), nn.Dropout()]
    return nn.Sequential(*parts[:18], nn.Flatten(), *parts[18:], nn.Linear(4096, 1000))


NETS: dict[str, tuple[int, Callable[[], nn.Module]]] = {
    "LeNet": (64, lenet),
    "CIFAR10-quick": (100, cifar10_quick),
    "AlexNet": (16, alexnet),
    "GoogLeNet": (8, googlenet),
    "ResNet-50": (8, resnet50),
    "VGG-16": (4, vgg16),
}
"""Batch size of training and maker, by name."""

DEPLOY = {
    "LeNet": lambda: (SOLVERS / "mnist_lenet" / "deploy.prototxt").read_text(),
    "CIFAR10-quick": lambda: (SOLVERS / "cifar10_quick" / "deploy.prototxt").read_text(),
    "AlexNet": lambda: (SOLVERS / "alexnet" / "deploy.prototxt").read_text(),
    "GoogLeNet": families.googlenet,
    "ResNet-50": lambda: families.resnet((3, 4, 6, 3)),
    "VGG-16": lambda: families.vgg((2, 2, 3, 3, 3)),
}


def handwritten(name: str) -> nn.Module:
    return NETS[name][1]()


def deploy(name: str, batch: int) -> pb.NetParameter:
    """The deploy net with a batch of this size."""
    net: pb.NetParameter = parse_message(DEPLOY[name](), "NetParameter", name).message
    net.layer[0].input_param.shape[0].dim[0] = batch
    return net


def described(name: str, batch: int) -> pb.NetParameter:
    """The train net on constant data of label 0, with a SoftmaxWithLoss."""
    net = deploy(name, batch)
    data, prob = net.layer[0], net.layer[-1]
    data.type = "DummyData"
    data.top.append("label")
    data.dummy_data_param.shape.add(dim=data.input_param.shape[0].dim)
    data.dummy_data_param.shape.add(dim=[batch])
    for value in (0.5, 0.0):
        data.dummy_data_param.data_filler.add(type="constant", value=value)
    data.ClearField("input_param")
    prob.type, prob.name = "SoftmaxWithLoss", "loss"
    prob.bottom.append("label")
    prob.top[:] = ["loss"]
    return net
