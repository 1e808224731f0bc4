"""Writes a small Caffe folder: real digits of 8x8 pixels, a net and a solver, with knobs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caffe2torch.data.datasets import digits
from caffe2torch.data.importers.database import write_images

TRAIN, TEST = 992, 360
Labels = Callable[[list[int]], list[int]]
Images = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]

SCALE, MSRA = "scale: 0.00390625", 'type: "msra"'
RATES = {"base_lr": 0.02, "momentum": 0.9, "weight_decay": 0.0005, "lr_policy": '"fixed"'}


@dataclass(frozen=True)
class Config:
    """What is written.

    layers:    text between the data and the loss; see `plain`
    transform: of both data layers; test: of the test data layer, where it differs
    test_layers: text for the test net, where it differs from `layers`
    solver:    fields over those of a solver that trains
    labels, images: what becomes of them before they are stored, to train on only
    batch:     images a batch
    """

    layers: str
    transform: str = SCALE
    test: str | None = None
    test_layers: str | None = None
    solver: Mapping[str, Any] = field(default_factory=dict)
    labels: Labels | None = None
    images: Images | None = None
    batch: int = 32

    def write(self, folder: Path) -> Path:
        """Write databases, net and solver; return the solver's path."""
        folder.mkdir(parents=True, exist_ok=True)
        pixels, labels = digits.load()
        order = np.random.default_rng(0).permutation(len(labels))
        for name, part in (("train", order[:TRAIN]), ("test", order[TRAIN : TRAIN + TEST])):
            chosen, classes = pixels[part], [labels[i] for i in part]
            if name == "train" and self.images:
                chosen = self.images(chosen)
            if name == "train" and self.labels:
                classes = self.labels(classes)
            write_images(folder / name, chosen, classes, range(len(classes)))
        (folder / "net.prototxt").write_text(self._net())
        path = folder / "solver.prototxt"
        path.write_text(self._solver())
        return path

    def _net(self) -> str:
        test = self.transform if self.test is None else self.test
        layers = self.layers
        if self.test_layers is not None:
            layers = _only(self.layers, "TRAIN") + _only(self.test_layers, "TEST")
        return data("TRAIN", self.transform, self.batch) + data("TEST", test, 60) + layers + LOSS

    def _solver(self) -> str:
        fields = {
            "net": '"net.prototxt"', "test_iter": 6, "test_interval": 40, "max_iter": 200,
            "snapshot_prefix": '"run"', "random_seed": 1, "snapshot_after_train": "false",
            **RATES, **self.solver,
        }  # fmt: skip
        return "".join(f"{name}: {value}\n" for name, value in fields.items())


def data(phase: str, transform: str, batch: int) -> str:
    """Return a data layer of a phase."""
    source = phase.lower()
    return (
        f'layer {{ name: "data" type: "Data" top: "data" top: "label"\n'
        f"  include {{ phase: {phase} }} transform_param {{ {transform} }}\n"
        f'  data_param {{ source: "{source}" backend: LMDB batch_size: {batch} }} }}\n'
    )


LOSS = """
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss" }
layer { name: "accuracy" type: "Accuracy" bottom: "score" bottom: "label" top: "accuracy"
  include { phase: TEST } }
"""


def _only(layers: str, phase: str) -> str:
    """Return layers for one phase."""
    return re.sub(r'(layer \{ name: "[^"]*")', rf"\1 include {{ phase: {phase} }}", layers)


def conv(name: str, bottom: str, filler: str = MSRA, bias: float = 0, outputs: int = 8) -> str:
    """Return a 3x3 convolution."""
    return (
        f'layer {{ name: "{name}" type: "Convolution" bottom: "{bottom}" top: "{name}"\n'
        f"  convolution_param {{ num_output: {outputs} kernel_size: 3 pad: 1\n"
        f"    weight_filler {{ {filler} }} bias_filler {{ value: {bias} }} }} }}\n"
    )


def inner(name: str, bottom: str, filler: str = MSRA, outputs: int = 32, more: str = "") -> str:
    """Return an inner product."""
    return (
        f'layer {{ name: "{name}" type: "InnerProduct" bottom: "{bottom}" top: "{name}" {more}\n'
        f"  inner_product_param {{ num_output: {outputs} weight_filler {{ {filler} }} }} }}\n"
    )


def act(blob: str, kind: str = "ReLU") -> str:
    """Return an activation in place."""
    name = f"{blob}_{kind.lower()}"
    return f'layer {{ name: "{name}" type: "{kind}" bottom: "{blob}" top: "{blob}" }}\n'


def norm(blob: str) -> str:
    """Return BatchNorm and Scale in place."""
    return (
        f'layer {{ name: "{blob}_bn" type: "BatchNorm" bottom: "{blob}" top: "{blob}" }}\n'
        f'layer {{ name: "{blob}_scale" type: "Scale" bottom: "{blob}" top: "{blob}"\n'
        "  scale_param { bias_term: true } }\n"
    )


def pool(name: str, bottom: str) -> str:
    """Return a max pooling that halves the sides."""
    return (
        f'layer {{ name: "{name}" type: "Pooling" bottom: "{bottom}" top: "{name}"\n'
        "  pooling_param { pool: MAX kernel_size: 2 stride: 2 } }\n"
    )


def power(name: str, bottom: str, fields: str) -> str:
    """Return a Power layer."""
    return (
        f'layer {{ name: "{name}" type: "Power" bottom: "{bottom}" top: "{name}"\n'
        f"  power_param {{ {fields} }} }}\n"
    )


def plain(filler: str = MSRA, last: str = 'type: "xavier"', kind: str = "ReLU") -> str:
    """Return a net of two convolutions and two inner products."""
    return (
        conv("conv1", "data", filler) + act("conv1", kind) + pool("pool1", "conv1")
        + conv("conv2", "pool1", filler, outputs=16) + act("conv2", kind)
        + inner("ip1", "conv2", filler) + act("ip1", kind) + inner("score", "ip1", last, 10)
    )  # fmt: skip


def deep(layers: int, filler: str = MSRA, kind: str = "ReLU", normal: bool = False) -> str:
    """Return a chain of inner products."""
    text, bottom = "", "data"
    for i in range(layers):
        name = f"ip{i + 1}"
        text += inner(name, bottom, filler) + (norm(name) if normal else "") + act(name, kind)
        bottom = name
    return text + inner("score", bottom, 'type: "xavier"', 10)
