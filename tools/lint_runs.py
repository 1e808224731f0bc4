"""Trains short runs of random small nets on the digits, and writes what was predicted and seen.

    python tools/lint_runs.py FOLDER OUT.csv [--runs 800] [--minutes 60] [--only fatal|deep|cured]

FOLDER is where databases and configs are written. Each run is a solver and a net drawn at random:
perceptrons, convolutions, residual nets, autoencoders, siamese nets and regressions of 1 to 16
weight layers; softmax, hinge, Euclidean, contrastive and sigmoid losses; batches of 2 to 64;
momentum 0 to 0.99; rates over five decades. OUT.csv gets a line a run and is written as it goes.

--only fatal draws rates that nothing should survive: plain ReLU nets of two layers and more, at 12
to 120 times the largest stable rate, or where the loss has no curvature, at rates that move the
weights by 2.5 to 25 times themselves a step. --only deep: such nets of 9 to 16 layers at 2 to 15
times the largest stable rate. --only cured: as fatal, where the signal is alive, and trained at the
rate that C2T301 proposes.

Columns: the config (kind ... steps); what the signal model says of it (median ... input_std);
`first`, the loss at iteration 0, `last`, the mean of the last 20, `chance`, that of the best
constant answer; `accuracy` on the test data, of classifiers. `nan` stands for a loss that is none.
tests/lint/runs.csv was written by it; tests/lint/test_runs.py reads the limits of the rules off it.
"""

from __future__ import annotations

import argparse
import csv
import math
import os
import random
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from caffe2torch.data.datasets import digits
from caffe2torch.data.importers.database import write_images
from caffe2torch.errors import C2TError
from caffe2torch.format import upgrade
from caffe2torch.lint import rate, remedy
from caffe2torch.lint.context import Context
from caffe2torch.lint.stability import stability

KINDS = ("perceptron", "conv", "residual", "autoencoder", "siamese", "regression")
SHALLOWEST, DEEPEST = {"siamese": 2}, {"conv": 8, "siamese": 6}
LOSSES = {
    "softmax": "SoftmaxWithLoss", "hinge": "HingeLoss", "hinge2": "HingeLoss",
    "euclidean": "EuclideanLoss", "sigmoid": "SigmoidCrossEntropyLoss",
}  # fmt: skip
LOSS_TAIL = 20
PAIRS = 1500
NEAR = {"": (-0.7, 1.6), "fatal": (1.1, 2.1), "deep": (0.3, 1.18), "cured": (1.1, 2.1)}
"""Decades around the largest stable rate into which rates are laid: every other one "
"without --only."""
MOST = 100.0


@dataclass
class Config:
    """What is drawn; `steps` iterations are trained."""

    kind: str
    loss: str
    depth: int
    activation: str
    filler: str
    norm: int
    scale: float
    batch: int
    momentum: float
    method: str
    base_lr: float
    seed: int
    steps: int

    @property
    def mean(self) -> int:
        """What is subtracted from the pixels: nothing where they are targets between 0 and 1."""
        return 0 if self.loss == "sigmoid" else 78


@dataclass
class Run(Config):
    """A config with what was predicted (as text: "" for unknown) and what was seen."""

    median: str = ""
    edge: str = ""
    layers: str = ""
    revived: str = ""
    std: str = ""
    input_std: str = ""
    first: str = ""
    last: str = ""
    chance: str = ""
    accuracy: str = ""


def draw(rng: random.Random, seed: int, steps: int) -> Config:
    """A config at random."""
    kind = rng.choices(KINDS, (5, 4, 2, 2, 2, 2))[0]
    losses = {"autoencoder": ("euclidean", "sigmoid"), "siamese": ("contrastive",),
              "regression": ("euclidean",)}  # fmt: skip
    loss = rng.choice(losses.get(kind, ("softmax", "softmax", "softmax", "hinge", "hinge2")))
    deep = rng.choice((1, 2, 2, 3, 3, 4, 5, 6, 8, 12, 16))
    norm = int(kind in ("perceptron", "conv", "residual") and rng.random() < 0.2)
    return Config(
        kind, loss,
        depth=max(SHALLOWEST.get(kind, 1), min(deep, DEEPEST.get(kind, deep))),
        activation=rng.choice(("ReLU", "ReLU", "ReLU", "TanH", "Sigmoid")),
        filler=rng.choice(("xavier", "msra", "msra", "gaussian 0.01", "gaussian 0.1")),
        norm=norm,
        scale=0.00390625 if loss == "sigmoid" else rng.choice((1 / 256, 1 / 256, 0.0125, 0.1, 1.0)),
        batch=rng.choice((2, 4, 8, 16, 32, 64)),
        momentum=rng.choice((0.0, 0.5, 0.9, 0.9, 0.9, 0.95, 0.99)),
        method=rng.choice(("SGD", "SGD", "SGD", "Nesterov")),
        base_lr=float(f"{10 ** rng.uniform(-4.5, 0.7):.2g}"),
        seed=seed, steps=steps,
    )  # fmt: skip


def learned(row: Mapping[str, str]) -> bool:
    """Whether a run learned: 25 % of ten classes, or 5 % below the best constant answer.

    A loss that is none is a failure whatever the accuracy: compared with NaN, every label is right.
    """
    last = float(row["last"] or "nan")
    if not math.isfinite(last):
        return False
    return float(row["accuracy"]) >= 0.25 if row["accuracy"] else last < 0.95 * float(row["chance"])


# -- the net ------------------------------------------------------------------------------------


def data_layer(config: Config, phase: str) -> str:
    """Digits with their labels, or for siamese nets pairs as two channels."""
    name = "pairs" if config.kind == "siamese" else "digits"
    batch = config.batch if phase == "TRAIN" else 60
    return (
        f"layer "
        f'{{ name: "{name}" type: "Data" top: "data" top: "label" include {{ phase: {phase} }}'
        f" transform_param {{ scale: {config.scale!r} mean_value: {config.mean} }}"
        f' data_param {{ source: "{name}_{phase.lower()}_lmdb" backend: LMDB'
        f" batch_size: {batch} }} }}\n"
    )


def weights(config: Config, name: str, bottom: str, outputs: int, conv: bool, shared: str) -> str:
    """A Convolution or InnerProduct."""
    kind, std = [*config.filler.split(), ""][:2]
    filler = f'weight_filler {{ type: "{kind}"{f" std: {std}" if std else ""} }}'
    names = f'param {{ name: "{shared}_w" }} param {{ name: "{shared}_b" }} ' if shared else ""
    what = "Convolution" if conv else "InnerProduct"
    field = "convolution_param" if conv else "inner_product_param"
    shape = "pad: 1 kernel_size: 3 " if conv else ""
    return (
        f'layer {{ name: "{name}" type: "{what}" bottom: "{bottom}" top: "{name}" {names}'
        f"{field} {{ num_output: {outputs} {shape}{filler} }} }}\n"
    )


def hidden(config: Config, bottom: str, branch: str = "") -> tuple[str, str]:
    """The layers below the last one, and the name of their top."""
    text = ""
    for i in range(1, config.depth):
        name = f"h{i}{branch}"
        conv = config.kind == "conv"
        shared = f"h{i}" if config.kind == "siamese" else ""
        text += weights(config, name, bottom, 16 if conv else 32, conv, shared)
        if config.norm:
            text += (
                f'layer {{ name: "bn_{name}" type: "BatchNorm" bottom: "{name}" top: "{name}" }}\n'
                f'layer {{ name: "sc_{name}" type: "Scale" bottom: "{name}" top: "{name}"'
                " scale_param { bias_term: true } }\n"
            )
        text += (
            f'layer {{ name: "a_{name}" type: "{config.activation}" bottom: "{name}"'
            f' top: "{name}" }}\n'
        )
        if config.kind == "residual" and i > 1:
            text += (
                f'layer {{ name: "sum_{name}" type: "Eltwise" bottom: "{bottom}"'
                f' bottom: "{name}" top: "sum_{name}" }}\n'
            )
            name = f"sum_{name}"
        bottom = name
    return text, bottom


def net(config: Config) -> str:
    """The net's text."""
    text = 'name: "run"\n' + data_layer(config, "TRAIN") + data_layer(config, "TEST")
    if config.kind == "siamese":
        return text + siamese(config)
    body, top = hidden(config, "data")
    outputs = {"autoencoder": 64, "regression": 1}.get(config.kind, 10)
    text += body + weights(config, "last", top, outputs, False, "")
    target = "label"
    if config.kind == "autoencoder":
        target = "target"
        text += 'layer { name: "flat" type: "Flatten" bottom: "data" top: "target" }\n'
    norm = " hinge_loss_param { norm: L2 }" if config.loss == "hinge2" else ""
    text += (
        f'layer {{ name: "loss" type: "{LOSSES[config.loss]}" bottom: "last" bottom: "{target}"'
        f' top: "loss"{norm} }}\n'
    )
    if outputs == 10:
        text += (
            'layer { name: "accuracy" type: "Accuracy" bottom: "last" bottom: "label"'
            ' top: "accuracy" include { phase: TEST } }\n'
        )
    return text


def siamese(config: Config) -> str:
    """Two branches that share their weights, and the contrastive loss of their two outputs."""
    text = (
        'layer { name: "slice" type: "Slice" bottom: "data" top: "left" top: "right"'
        " slice_param { slice_dim: 1 slice_point: 1 } }\n"
    )
    for branch, bottom in (("", "left"), ("_p", "right")):
        body, top = hidden(config, bottom, branch)
        text += body + weights(config, f"feat{branch}", top, 2, False, "feat")
    return text + (
        'layer { name: "loss" type: "ContrastiveLoss" bottom: "feat" bottom: "feat_p"'
        ' bottom: "label" top: "loss" contrastive_loss_param { margin: 1 } }\n'
    )


def solver(config: Config) -> str:
    """The solver's text."""
    return (
        f'net: "net.prototxt"\nbase_lr: {config.base_lr!r}\nmomentum: {config.momentum!r}\n'
        f'lr_policy: "fixed"\ntype: "{config.method}"\nmax_iter: {config.steps}\n'
        f"test_iter: 6\ntest_interval: {config.steps}\ntest_initialization: false\n"
        f"random_seed: {config.seed}\nsolver_mode: CPU\n"
    )


# -- data ---------------------------------------------------------------------------------------


def write_data(folder: Path) -> None:
    """The digits, and as many pairs of one class as of two."""
    images, labels = digits.load()
    rng = np.random.default_rng(1)
    for phase, chosen in zip(("train", "test"), digits.split(), strict=True):
        if not (folder / f"digits_{phase}_lmdb").exists():
            order = list(range(len(chosen)))
            write_images(
                folder / f"digits_{phase}_lmdb", images[chosen], [labels[i] for i in chosen], order
            )
            pairs, same = _pairs(images[chosen], np.array(labels)[chosen], rng)
            write_images(folder / f"pairs_{phase}_lmdb", pairs, same, list(range(len(same))))


def _pairs(images: Any, labels: Any, rng: Any) -> tuple[Any, list[int]]:
    rows, same = [], []
    while len(rows) < PAIRS:
        i, j = rng.integers(len(labels), size=2)
        alike = int(labels[i] == labels[j])
        if alike == len(rows) % 2:
            rows.append(np.concatenate([images[i], images[j]]))
            same.append(alike)
    return np.stack(rows), same


def chance(config: Config) -> float:
    """The loss of the best answer that does not look at the input."""
    images, labels = digits.load()
    train, _ = digits.split()
    pixels = (images[train].astype(np.float64).reshape(len(train), -1) - config.mean) * config.scale
    if config.kind == "autoencoder" and config.loss == "euclidean":
        return float(pixels.var(axis=0).sum() / 2)
    if config.kind == "autoencoder":
        mean = np.clip(pixels.mean(axis=0), 1e-6, 1 - 1e-6)
        return float(-(mean * np.log(mean) + (1 - mean) * np.log(1 - mean)).sum())
    if config.kind == "regression":
        return float(np.array(labels)[train].var() / 2)
    if config.kind == "siamese":
        return 0.125  # half of the pairs alike: (d² + (1 − d)²) / 4, least at d = 1/2
    # hinge: 9 max(0, 1 + s) + max(0, 1 - s) is least at s = -1; with squares at s = -0.8
    return {"softmax": math.log(10), "hinge": 2.0, "hinge2": 3.6}[config.loss]


# -- a run --------------------------------------------------------------------------------------


def predict(run: Run) -> None:
    """What the linter's model says of solver.prototxt."""
    context = Context("solver.prototxt")
    main = context.signal.main
    if main is not None:
        run.std, run.input_std = f"{main.std:.4g}", f"{main.input_std:.4g}"
    assessed = rate.assess(context)
    if assessed is None:
        return
    run.median, run.layers = f"{assessed.median:.4g}", str(assessed.layers)
    edge = stability(context, assessed.signal)
    run.edge = "" if edge is None else f"{edge:.4g}"
    run.revived = assessed.revived.title if assessed.revived else ""


def train(run: Run) -> None:
    """Train, and score the test data."""
    import torch

    from caffe2torch.train.solver import Solver

    trained = Solver(upgrade.read_solver("solver.prototxt"))
    trained.param.test_interval = 0
    trained.step(run.steps)
    losses = [float(loss) for loss in trained.state.losses]
    run.first, run.last = f"{losses[0]:.4g}", f"{sum(losses[-LOSS_TAIL:]) / LOSS_TAIL:.4g}"
    test = trained.tests[0]
    with torch.no_grad():
        scores = [test.run() for _ in range(6)]
    if "accuracy" in scores[0]:
        run.accuracy = f"{sum(float(s['accuracy']) for s in scores) / 6:.3f}"
    trained.close()


def write(config: Config) -> Run:
    """Write a config into the working directory, and predict."""
    Path("net.prototxt").write_text(net(config), encoding="utf-8")
    Path("solver.prototxt").write_text(solver(config), encoding="utf-8")
    run = Run(**asdict(config), chance=f"{chance(config):.4g}")
    predict(run)
    return run


def one(config: Config, rng: random.Random, only: str) -> Run | None:
    """Write, predict and train a config; every other one near the largest stable rate."""
    if only:
        depth = rng.choice((9, 10, 12, 14, 16)) if only == "deep" else max(2, config.depth)
        config = replace(config, activation="ReLU", norm=0, depth=depth)
    run = write(config)
    reach = float(run.edge or 0) or 5 * float(run.median or 0)  # hinge losses have no curvature
    if (only or config.seed % 2) and reach > 0:
        aimed = config.base_lr / reach * 10 ** rng.uniform(*NEAR[only])
        config = replace(config, base_lr=min(MOST, float(f"{aimed:.2g}")))
        run = write(config)
    if only == "cured":
        context = Context("solver.prototxt")
        good = None if run.revived else remedy.good_rate(context, context.signal)
        if not good or float(run.input_std) < remedy.HEALTHY_STD[0]:
            return None
        run = write(replace(config, base_lr=good))
    train(run)
    return run


def main() -> int:
    """Train the runs and write their table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--runs", type=int, default=800)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--only", choices=["fatal", "deep", "cured"], default="")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    out = args.out.resolve()
    os.chdir(args.folder)
    write_data(Path())
    rng, end = random.Random(args.seed), time.monotonic() + 60 * args.minutes
    with out.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, [f.name for f in fields(Run)])
        table.writeheader()
        for i in range(args.runs):
            if time.monotonic() > end:
                break
            try:
                run = one(draw(rng, i + 1, args.steps), rng, args.only)
                if run is not None:
                    table.writerow(asdict(run))
            except C2TError as error:
                print(f"run {i}: {error}", file=sys.stderr)
            file.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
