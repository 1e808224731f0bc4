"""Configs that train, of many kinds: nothing may be said of them."""

from __future__ import annotations

from dataclasses import replace

from tools.health.config import Config, act, conv, deep, inner, plain, pool, power

RAW = 'type: "gaussian" std: 0.01'


def _dropout(layers: str) -> str:
    drop = 'layer { name: "drop" type: "Dropout" bottom: "ip1" top: "ip1" }\n'
    head, score, tail = layers.partition('layer { name: "score"')
    return head + drop + score + tail


BASE = Config(plain())
XAVIER = plain('type: "xavier"')

HEALTHY = {
    "two convolutions": BASE,
    "xavier": Config(XAVIER),
    "gaussian 0.1": Config(plain('type: "gaussian" std: 0.1')),
    "tanh": Config(plain('type: "xavier"', kind="TanH")),
    "sigmoid": Config(
        inner("ip1", "data", 'type: "xavier"') + act("ip1", "Sigmoid")
        + inner("score", "ip1", 'type: "xavier"', 10), solver={"base_lr": 0.5},
    ),
    "elu": Config(plain(kind="ELU")),
    "dropout": Config(_dropout(plain())),
    "one layer": Config(inner("score", "data", 'type: "xavier"', 10), solver={"base_lr": 0.1}),
    "perceptron": Config(deep(1), solver={"base_lr": 0.05}),
    "four layers": Config(deep(4)),
    "eight layers": Config(deep(8), solver={"base_lr": 0.01}),
    "eight layers with BatchNorm": Config(deep(8, normal=True), solver={"base_lr": 0.05}),
    "raw pixels": Config(plain('type: "xavier"'), transform="", solver={"base_lr": 0.0002}),
    "raw pixels, mean 72": Config(
        plain('type: "xavier"'), transform="mean_value: 72", solver={"base_lr": 0.0005}
    ),
    "cifar_quick's first layer": Config(
        conv("conv1", "data", 'type: "gaussian" std: 0.0001') + act("conv1")
        + inner("ip1", "conv1", RAW) + act("ip1") + inner("score", "ip1", RAW, 10),
        transform="mean_value: 72", solver={"base_lr": 0.001},
    ),
    "mirrored and cropped": Config(plain(), transform="scale: 0.00390625 mirror: true"),
    "a batch of 4": replace(BASE, batch=4, solver={"base_lr": 0.005}),
    "a batch of 128": replace(BASE, batch=128, solver={"base_lr": 0.05}),
    "slow": replace(BASE, solver={"base_lr": 0.002}),
    "fast": replace(BASE, solver={"base_lr": 0.05}),
    "no momentum": replace(BASE, solver={"base_lr": 0.1, "momentum": 0}),
    "Nesterov": replace(BASE, solver={"type": '"Nesterov"'}),
    "Adam": replace(BASE, solver={"type": '"Adam"', "base_lr": 0.001}),
    "AdaGrad": replace(BASE, solver={"type": '"AdaGrad"', "base_lr": 0.02, "momentum": 0}),
    "RMSProp": replace(
        BASE, solver={"type": '"RMSProp"', "base_lr": 0.001, "momentum": 0, "rms_decay": 0.98}
    ),
    "AdaDelta": replace(
        BASE, solver={"type": '"AdaDelta"', "base_lr": 1, "momentum": 0.95, "delta": 1e-6}
    ),
    "a rate that drops": replace(
        BASE, solver={"lr_policy": '"step"', "gamma": 0.1, "stepsize": 80}
    ),
    "a polynomial rate": replace(BASE, solver={"lr_policy": '"poly"', "power": 1}),
    "inv": replace(BASE, solver={"lr_policy": '"inv"', "gamma": 0.001, "power": 0.75}),
    "no weight decay": replace(BASE, solver={"weight_decay": 0}),
    "clipped gradients": replace(BASE, solver={"clip_gradients": 5}),
    "iter_size 2": replace(BASE, batch=16, solver={"iter_size": 2}),
    "a frozen first layer": Config(
        conv("conv1", "data").replace("top: ", "param { lr_mult: 0 } param { lr_mult: 0 } top: ")
        + act("conv1") + pool("pool1", "conv1") + inner("score", "pool1", outputs=10),
    ),
    "a top that nothing reads": Config(
        plain() + power("unread", "data", "scale: 2") + power("other", "pool1", "scale: 2")
    ),
    "classes that never occur": Config(plain().replace("num_output: 10", "num_output: 20")),
    "one wide convolution": Config(
        conv("conv1", "data", outputs=24) + act("conv1") + inner("score", "conv1", outputs=10)
    ),
}  # fmt: skip
