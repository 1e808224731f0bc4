"""C2T103 mean-foreign."""

from __future__ import annotations

import re

import numpy as np
import pytest

from caffe2torch.weights import write_blob
from tests.lint.checks import Folder, check_fixed, check_noop, fires, only

CODE = "C2T103"

MEAN = 'mean_file: "mean.binaryproto"'


@pytest.mark.parametrize(
    ("mean", "severity"), [(150, "info"), (300, "warning"), (-200, "warning"), (700, "error")]
)
def test_far_off(folder: Folder, mean: float, severity: str) -> None:
    folder.net({MEAN: f"mean_value: {mean}"})
    fires(folder, CODE, f"mean {mean}, but the data", "standard deviations", severity=severity)


def test_mean_file_of_other_data(folder: Folder) -> None:
    write_blob(folder.path / "mean.binaryproto", np.full((1, 1, 8, 8), 250, np.float32))
    fires(folder, CODE, "mean 250", severity="info")


def test_its_own(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_close(folder: Folder) -> None:
    check_noop(folder.net({MEAN: "mean_value: 100"}), CODE)


def test_of_the_pretrained_net(folder: Folder) -> None:
    folder.weights = "digits.caffemodel"
    check_noop(folder.net({MEAN: "mean_value: 250"}), CODE)


def test_fix(folder: Folder) -> None:
    check_fixed(folder.net({MEAN: "mean_value: 250 # ?"}), CODE)


def test_fix_gives_both_phases_the_mean_of_the_training_data(folder: Folder) -> None:
    folder.net({'mean_file: "mean.binaryproto"': "mean_value: 250"})
    texts = check_fixed(folder, CODE)
    assert len(set(re.findall(r"mean_value: \S+", texts["train_val.prototxt"]))) == 1
    assert not only(folder.lint(), "C2T106")
