"""The same config written in another way: two files, stages, the format of 2014, data elsewhere."""
# ruff: noqa: E501  prototxt in strings

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from tests.lint.bench.config import Config
from tests.lint.bench.faults import Unfit

_UPPER = {
    "Data": "DATA", "ImageData": "IMAGE_DATA", "Convolution": "CONVOLUTION", "Pooling": "POOLING",
    "InnerProduct": "INNER_PRODUCT", "ReLU": "RELU", "TanH": "TANH", "Sigmoid": "SIGMOID",
    "LRN": "LRN", "Dropout": "DROPOUT", "Concat": "CONCAT", "Eltwise": "ELTWISE",
    "Softmax": "SOFTMAX", "SoftmaxWithLoss": "SOFTMAX_LOSS", "Accuracy": "ACCURACY",
    "Power": "POWER", "Deconvolution": "DECONVOLUTION", "EuclideanLoss": "EUCLIDEAN_LOSS",
    "SigmoidCrossEntropyLoss": "SIGMOID_CROSS_ENTROPY_LOSS",
}  # fmt: skip


def plain(c: Config) -> Config:
    """As it is."""
    return c


def away(c: Config) -> Config:
    """Linted away from its data."""
    if c.data == "none":
        return c
    if "../data/" not in c.net:
        raise Unfit
    return c.edit("../data/", "examples/")


def _stated(c: Config) -> bool:
    """Whether the solver chooses among several test nets."""
    return any(line.startswith("test_state") for line in c.solver)


def two_files(c: Config) -> Config:
    """train_net and test_net."""
    nets = {}
    for name, other in (("train", "TEST"), ("test", "TRAIN")):
        kept = [t for t in c.layers if f"include {{ phase: {other} }}" not in t]
        nets[f"{name}.prototxt"] = (c.head + "".join(kept)).encode()
    if not any(line.startswith("net:") for line in c.solver) or _stated(c):
        raise Unfit
    made = c.drop("net")
    lines = ('train_net: "train.prototxt"', 'test_net: "test.prototxt"')
    return replace(made, solver=(*lines, *made.solver), files={**c.files, **nets})


def stages(c: Config) -> Config:
    """Stages in place of phases."""
    if "include { phase: " not in c.net or _stated(c):
        raise Unfit
    made = c.sub(r"include \{ phase: (TRAIN|TEST) \}", r'include { stage: "\1" }')
    lines = ('train_state { stage: "TRAIN" }', 'test_state { stage: "TEST" }')
    return replace(made, solver=(*made.solver, *lines))


def legacy(c: Config) -> Config:
    """The format of 2014: layers { type: CONVOLUTION blobs_lr: 1 }."""
    types = re.findall(r'^  type: "([^"]+)"', "".join(c.layers), re.MULTILINE)
    if not set(types) <= set(_UPPER):
        raise Unfit
    made = tuple(_old(text) for text in c.layers)
    return replace(c, layers=made)


def _old(text: str) -> str:
    text = text.replace("layer {", "layers {")
    text = re.sub(
        r'^  type: "([^"]+)"', lambda m: f"  type: {_UPPER[m[1]]}", text, flags=re.MULTILINE
    )
    return re.sub(r"param \{ ([^{}]*mult[^{}]*)\}", _rates, text)


def _rates(m: re.Match[str]) -> str:
    found = dict(re.findall(r"(lr_mult|decay_mult): (\S+)", m[1]))
    name = re.search(r'name: "([^"]+)"', m[1])
    shared = f'param: "{name[1]}" ' if name else ""
    return f"{shared}blobs_lr: {found.get('lr_mult', '1')} weight_decay: {found.get('decay_mult', '1')}"


FORMS: dict[str, Callable[[Config], Config]] = {
    made.__name__: made for made in (plain, away, two_files, stages, legacy)
}
