"""The configs of docs/evidence.md: a narrow VGG-16 on digits of 32x32 pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from caffe2torch.data.datasets import digits
from tools.health.config import act, conv, data, inner, pool, power

STAGES = ((8, 2), (16, 2), (32, 3), (32, 3), (32, 3))
"""Outputs and convolutions of each stage; a pooling follows."""
HIDDEN, CLASSES, BATCH = 64, 10, 32
XAVIER, MSRA = 'type: "xavier"', 'type: "msra"'
SCALE, MEAN = "scale: 0.00390625", 'mean_file: "mean.binaryproto"'
FOREIGN = "mean_value: 117 scale: 0.0174"
"""ImageNet's mean and 1 / (255 · 0.225), its deviation, for pixels of 0 to 255."""
OWN = "mean_value: 78 scale: 0.0104"
"""The digits' mean and deviation, 78 and 96."""


@dataclass(frozen=True)
class Variant:
    """One row: a config of a group, and how it is trained.

    normal:     BatchNorm and Scale behind each layer with weights
    rescaled:   "" for none, "used" for a Power layer of 1/256 behind the data, "bypassed" for one
                that the first convolution does not read
    pretrained: size of the images that its weights were trained on before, 0 for none
    """

    group: str
    name: str
    filler: str = MSRA
    transform: str = f"{SCALE} {MEAN}"
    base_lr: float = 0.02
    normal: bool = False
    rescaled: str = ""
    dropout: float = 0.0
    iterations: int = 150
    pretrained: int = 0
    extras: Mapping[str, Any] = field(default_factory=dict)

    def write(self, folder: Path, seed: int, size: int = 32) -> Path:
        """Write databases, net and solver; return the solver's path."""
        folder.mkdir(parents=True, exist_ok=True)
        digits.write_databases(folder, size=size, force=True)
        (folder / "net.prototxt").write_text(self.net())
        path = folder / "solver.prototxt"
        path.write_text(
            'net: "net.prototxt" test_iter: 6 test_interval: 40\n'
            f"base_lr: {self.base_lr:g}\n"
            'lr_policy: "fixed" momentum: 0.9 weight_decay: 0.0005\n'
            f"max_iter: {self.iterations} random_seed: {seed} display: 50\n"
            'snapshot_prefix: "run" snapshot_after_train: false\n'
        )
        return path

    def net(self) -> str:
        """Return the net."""
        sources = data("TRAIN", self.transform, BATCH) + data("TEST", self.transform, 60)
        for phase in ("train", "test"):
            sources = sources.replace(f'"{phase}"', f'"digits_{phase}_lmdb"')
        text, bottom = "", "data"
        if self.rescaled:
            text += power("rescaled", "data", "scale: 0.00390625")
            bottom = "rescaled" if self.rescaled == "used" else "data"
        for i, (outputs, count) in enumerate(STAGES):
            for j in range(count):
                name = f"conv{i + 1}_{j + 1}"
                text += conv(name, bottom, self.filler, outputs=outputs) + self._behind(name)
                bottom = name
            text += pool(f"pool{i + 1}", bottom)
            bottom = f"pool{i + 1}"
        for name in ("fc6", "fc7"):
            text += inner(name, bottom, self.filler, HIDDEN) + self._behind(name)
            text += drop(name, self.dropout) if self.dropout else ""
            bottom = name
        last = self.filler if "xavier" in self.filler else XAVIER
        return sources + text + inner("fc8", bottom, last, CLASSES) + LOSS

    def _behind(self, name: str) -> str:
        return (norm(name) if self.normal else "") + act(name)


def drop(blob: str, share: float) -> str:
    """Return a Dropout in place."""
    return (
        f'layer {{ name: "{blob}_drop" type: "Dropout" bottom: "{blob}" top: "{blob}"\n'
        f"  dropout_param {{ dropout_ratio: {share} }} }}\n"
    )


def norm(blob: str) -> str:
    """Return BatchNorm, with statistics that follow within ten batches, and Scale."""
    return (
        f'layer {{ name: "{blob}_bn" type: "BatchNorm" bottom: "{blob}" top: "{blob}"\n'
        "  batch_norm_param { moving_average_fraction: 0.9 } }\n"
        f'layer {{ name: "{blob}_scale" type: "Scale" bottom: "{blob}" top: "{blob}"\n'
        "  scale_param { bias_term: true } }\n"
    )


LOSS = """
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "fc8" bottom: "label" top: "loss" }
layer { name: "accuracy" type: "Accuracy" bottom: "fc8" bottom: "label" top: "accuracy"
  include { phase: TEST } }
"""

STORY = "a. The net that does not learn"
NORMAL = "b. Normalisation"
BYPASS = "c. Rescaling that nothing reads"
AUGMENT = "d. Augmentation"
AVERAGE = "e. Moving average"
RECIPE = "f. Rate, pretrained weights, dropout"
QUICK: dict[str, Any] = {"normal": True, "iterations": 80}
SHORT: dict[str, Any] = {"normal": True, "iterations": 30}

VARIANTS = [
    Variant(STORY, "as written: 1/256, xavier, base_lr 0.0648", XAVIER, base_lr=0.0648),
    Variant(STORY, "msra", base_lr=0.0648),
    Variant(STORY, "msra, base_lr 0.02"),
    Variant(STORY, "scale 1, base_lr 0.005", XAVIER, transform=MEAN, base_lr=0.005),
    Variant(STORY, "BatchNorm", XAVIER, base_lr=0.0648, normal=True),
    Variant(STORY, "base_lr × 255", XAVIER, base_lr=16.5),
    Variant(STORY, "mean ÷ 255", XAVIER, transform=f"{SCALE} mean_value: 0.3", base_lr=0.0648),
    Variant(STORY, "xavier with a std of 0.01", f"{XAVIER} std: 0.01", base_lr=0.0648),
    Variant(NORMAL, "ImageNet's mean and deviation", transform=FOREIGN, base_lr=0.005),
    Variant(NORMAL, "the digits' own", transform=OWN, base_lr=0.005),
    Variant(NORMAL, "1/256, no mean", transform=SCALE, base_lr=0.005),
    Variant(NORMAL, "ImageNet's, with BatchNorm", transform=FOREIGN, base_lr=0.005, normal=True),
    Variant(BYPASS, "rescaled by 1/256", transform=MEAN, rescaled="used"),
    Variant(BYPASS, "bypassed", transform=MEAN, rescaled="bypassed"),
    Variant(AUGMENT, "none", **QUICK),
    Variant(AUGMENT, "gentle", extras={"augment": "gentle"}, **QUICK),
    Variant(AUGMENT, "aggressive", extras={"augment": "aggressive"}, **QUICK),
    Variant(AVERAGE, "decay 0.999 with warm-up", extras={"ema": 0.999}, **QUICK),
    Variant(AVERAGE, "decay 0.999 without",
            extras={"ema": 0.999, "no_ema_warmup": True}, **QUICK),
    Variant(RECIPE, "base_lr 0.1", base_lr=0.1, **QUICK),
    Variant(RECIPE, "base_lr 0.6", base_lr=0.6, **QUICK),
    Variant(RECIPE, "base_lr 0.6, warm-up of 40", base_lr=0.6,
            extras={"warmup_iters": 40}, **QUICK),
    Variant(RECIPE, "dropout 0.5", dropout=0.5, **QUICK),
    Variant(RECIPE, "dropout 0.9", dropout=0.9, **QUICK),
    Variant(RECIPE, "pretrained on 32x32, 30 iterations", pretrained=32, **SHORT),
    Variant(RECIPE, "pretrained on 16x16, 30 iterations", pretrained=16, **SHORT),
    Variant(RECIPE, "from scratch, 30 iterations", **SHORT),
]  # fmt: skip
