"""Faults, three ways and more for each detector: a config, and the code that it has to raise.

Those of PROBED show in the experiments of `c2t probe`, the others in 200 iterations of
`c2t train`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.health.config import Config, act, conv, deep, inner, plain, pool, power

TINY, HUGE = 'type: "gaussian" std: 1e-4', 'type: "gaussian" std: 30'
UNIT = 'type: "gaussian" std: 1'


@dataclass(frozen=True)
class Fault:
    """A config with one fault; `extras` are options of `c2t train`."""

    code: str
    name: str
    config: Config
    extras: dict[str, Any] = field(default_factory=dict)


def _shuffled(labels: list[int]) -> list[int]:
    return [labels[i] for i in np.random.default_rng(3).permutation(len(labels))]


def _shifted(labels: list[int]) -> list[int]:
    return labels[1:] + labels[:1]


def _random(labels: list[int]) -> list[int]:
    return np.random.default_rng(4).integers(10, size=len(labels)).tolist()


def _noise(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """One batch of 32 in each pass over the data is noise."""
    images = images.copy()
    images[32 * 29 : 32 * 30] = 255 * np.random.default_rng(5).integers(2, size=images[:32].shape)
    return images


HEALTHY = Config(plain())
DEAD = Config(deep(8, TINY))
DROWNED = Config(
    conv("conv1", "data", bias=-100) + act("conv1") + inner("score", "conv1", outputs=10)
)
ENDING = conv("conv1", "data") + act("conv1") + pool("pool1", "conv1")


def _ended(layer: str, blob: str) -> str:
    """A net with a layer put behind its first stage."""
    return ENDING + layer + inner("ip1", blob) + act("ip1") + inner("score", "ip1", outputs=10)


def _solver(config: Config = HEALTHY, **fields: Any) -> Config:
    return replace(config, solver={**config.solver, **fields})


FAULTS = [
    Fault("C2T601", "gaussian 1e-4 in 8 layers", DEAD),
    Fault("C2T601", "uniform 1e-4 in 8 layers",
          Config(deep(8, 'type: "uniform" min: -1e-4 max: 1e-4'))),
    Fault("C2T601", "a Power layer of scale 1e-8",
          Config(_ended(power("p", "pool1", "scale: 1e-8"), "p"))),
    Fault("C2T601", "12 sigmoids of gaussian 0.01",
          Config(deep(12, 'type: "gaussian" std: 0.01', "Sigmoid"))),
    Fault("C2T602", "an Exp layer", Config(_ended(
        'layer { name: "exp" type: "Exp" bottom: "pool1" top: "exp" exp_param { scale: 8 } }\n',
        "exp"), solver={"base_lr": 1e-12})),
    Fault("C2T602", "gaussian 30 in 6 layers", Config(deep(6, HUGE), solver={"base_lr": 1e-12})),
    Fault("C2T602", "uniform 100 in 5 layers",
          Config(deep(5, 'type: "uniform" min: -100 max: 100'), solver={"base_lr": 1e-12})),
    Fault("C2T602", "a Power layer of scale 1e8",
          Config(_ended(power("p", "pool1", "scale: 1e8"), "p"), solver={"base_lr": 1e-20})),
    Fault("C2T603", "biases of -100", DROWNED),
    Fault("C2T603", "a Power layer of shift -1000",
          Config(_ended(power("p", "pool1", "shift: -1000") + act("p"), "p"))),
    Fault("C2T603", "a rate that kills", _solver(base_lr=3.0)),
    Fault("C2T603", "negative weights on positive pixels", Config(
        conv("conv1", "data", 'type: "constant" value: -1') + act("conv1")
        + inner("score", "conv1", outputs=10))),
    Fault("C2T604", "gaussian 1e-2 in 8 layers", Config(deep(8, 'type: "gaussian" std: 0.01'))),
    Fault("C2T604", "8 sigmoids", Config(deep(8, 'type: "gaussian" std: 0.05', "Sigmoid"))),
    Fault("C2T604", "saturated tanh in 8 layers", Config(deep(8, HUGE, "TanH"))),
    Fault("C2T604", "a Power layer of scale 1e-8",
          Config(_ended(power("p", "pool1", "scale: 1e-8"), "p"))),
    Fault("C2T606", "base_lr 1e-8", _solver(base_lr=1e-8)),
    Fault("C2T606", "gaussian 1e-4 in 8 layers", DEAD),
    Fault("C2T606", "biases of -100", DROWNED),
    Fault("C2T607", "the test net has layers of its own", replace(
        HEALTHY, test_layers=re.sub(r'name: "', 'name: "my_', plain()))),
    Fault("C2T607", "base_lr 0", _solver(base_lr=0, weight_decay=0)),
    Fault("C2T607", "base_lr 1e-9", _solver(base_lr=1e-9)),
    Fault("C2T608", "base_lr 1e6", _solver(base_lr=1e6)),
    Fault("C2T608", "the logarithm of 0", Config(_ended(
        'layer { name: "log" type: "Log" bottom: "pool1" top: "log" }\n', "log"))),
    Fault("C2T608", "0 to the power of -1",
          Config(_ended(power("p", "pool1", "power: -1"), "p"))),
    Fault("C2T609", "a last layer of gaussian 1e6",
          Config(plain(last='type: "gaussian" std: 1e6'), solver={"base_lr": 1e-20})),
    Fault("C2T609", "pixels scaled by 1e6", Config(
        plain(), transform="scale: 1e6", solver={"base_lr": 1e-20})),
    Fault("C2T609", "a Power layer of scale 1e8",
          Config(_ended(power("p", "pool1", "scale: 1e8"), "p"), solver={"base_lr": 1e-20})),
    Fault("C2T610", "decay 0.9999", HEALTHY, {"ema": 0.9999, "no_ema_warmup": True}),
    Fault("C2T610", "decay 0.999", HEALTHY, {"ema": 0.999, "no_ema_warmup": True}),
    Fault("C2T610", "decay 0.99999", HEALTHY, {"ema": 0.99999, "no_ema_warmup": True}),
    Fault("C2T611", "base_lr 5", _solver(base_lr=5.0)),
    Fault("C2T611", "lr_mult 1000 of one layer", Config(
        conv("conv1", "data") + act("conv1")
        + inner("score", "conv1", outputs=10, more="param { lr_mult: 1000 }"))),
    Fault("C2T611", "pixels scaled by 100", Config(plain(), transform="scale: 100")),
    Fault("C2T612", "the test net gets raw pixels of the wrong sign",
          replace(HEALTHY, test="scale: -0.00390625")),
    Fault("C2T612", "the test net gets an offset",
          replace(HEALTHY, test="scale: 0.00390625 mean_value: 2000")),
    Fault("C2T612", "the test net has a last layer of its own", replace(
        HEALTHY, test_layers=plain().replace('name: "score"', 'name: "scores"'))),
    Fault("C2T613", "the rate jumps", _solver(
        lr_policy='"multistep"', stepvalue=120, gamma=300)),
    Fault("C2T613", "one batch is noise", replace(HEALTHY, images=_noise, transform="scale: 0.02")),
    Fault("C2T613", "the rate jumps early", _solver(
        lr_policy='"multistep"', stepvalue=90, gamma=100, base_lr=0.05)),
    Fault("C2T614", "scaled twice", replace(HEALTHY, transform="scale: 0.0000153")),
    Fault("C2T614", "multiplied instead of divided", replace(HEALTHY, transform="scale: 255")),
    Fault("C2T614", "far from 0",
          replace(HEALTHY, transform="scale: 0.00390625 mean_value: 5000")),
    Fault("C2T614", "constant", replace(HEALTHY, images=lambda x: np.full_like(x, 7))),
]  # fmt: skip

PROBED = [
    Fault("C2T605", "gaussian 1e-4 in 8 layers", DEAD),
    Fault("C2T605", "base_lr 1e-8", _solver(base_lr=1e-8)),
    Fault("C2T605", "a rate that kills", _solver(base_lr=3.0)),
    Fault("C2T605", "constant images", replace(HEALTHY, images=lambda x: np.full_like(x, 7))),
    Fault("C2T615", "labels shuffled", replace(HEALTHY, labels=_shuffled)),
    Fault("C2T615", "labels one record further", replace(HEALTHY, labels=_shifted)),
    Fault("C2T615", "labels at random", replace(HEALTHY, labels=_random)),
    Fault("C2T615", "labels in reverse order", replace(HEALTHY, labels=lambda x: x[::-1])),
]
