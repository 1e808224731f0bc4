"""C2T104 mean-missing."""

from __future__ import annotations

import numpy as np

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.databases import both, noise

CODE = "C2T104"

MEAN = '    mean_file: "mean.binaryproto"\n'
LABELS = [i % 10 for i in range(64)]


def test_bright_data(folder: Folder) -> None:
    both(folder, noise(mean=(150,)), LABELS)
    fires(folder, CODE, "their mean is 149", "off centre", severity="info")


def test_far_off_centre(folder: Folder) -> None:
    pixels = np.clip(noise().astype(np.float32) / 10 + 200, 0, 255).astype(np.uint8)
    both(folder, pixels, LABELS)
    fires(folder, CODE, "standard deviations off centre")


def test_steps_too_long_without(folder: Folder) -> None:
    pixels = np.clip(noise().astype(np.float32) / 4 + 200, 0, 255).astype(np.uint8)
    both(folder, pixels, LABELS).net({"scale: 0.00390625": "scale: 0.03"})
    fires(folder, CODE, "with a mean by", severity="warning")


def test_assumed_images(folder: Folder) -> None:
    folder.net({MEAN: "", "digits_train_lmdb": "photos_lmdb", "digits_test_lmdb": "others_lmdb"})
    fires(folder, CODE, "their mean is 115, their std 70 (assumed", severity="info")


def test_dark_data(folder: Folder) -> None:
    check_noop(folder.net({MEAN: ""}), CODE)


def test_subtracted(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_normalised(folder: Folder) -> None:
    place = 'layer {\n  name: "relu1"'
    norm = 'layer { name: "bn" type: "BatchNorm" bottom: "conv1" top: "conv1" }\n'
    check_noop(both(folder, noise(), LABELS).net({place: norm + place}), CODE)


def test_fix(folder: Folder) -> None:
    text = check_fixed(both(folder, noise(mean=(150,)), LABELS), CODE)["train_val.prototxt"]
    assert text.count("mean_value: 149") == 2
