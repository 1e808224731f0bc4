"""C2T105 mean-conflict."""

from __future__ import annotations

import numpy as np
import pytest

from caffe2torch.weights import write_blob
from tests.lint.checks import Folder, check_fixed, check_noop, fires, only

CODE = "C2T105"

MEAN = 'mean_file: "mean.binaryproto"'


def test_both_kinds(folder: Folder) -> None:
    folder.net({MEAN: MEAN + "\n    mean_value: 78"})
    fires(folder, CODE, 'mean_file "mean.binaryproto" and mean_value together', severity="error")
    assert not only(folder.lint(), "C2T003"), "said twice"


def test_wrong_count(folder: Folder) -> None:
    folder.net({MEAN: "mean_value: 104 mean_value: 117 mean_value: 123"})
    fires(folder, CODE, "3 mean_value for 1 channel(s)", severity="error")


def test_wrong_size(folder: Folder) -> None:
    write_blob(folder.path / "mean.binaryproto", np.full((1, 1, 7, 8), 78, np.float32))
    fires(folder, CODE, "is 1 x 7 x 8, and the records are 1 x 8 x 8", severity="error")


def test_smaller_than_the_crop(folder: Folder) -> None:
    gone = {"digits_train_lmdb": "elsewhere_lmdb", "digits_test_lmdb": "nowhere_lmdb"}
    folder.net({**gone, MEAN: MEAN + "\n    crop_size: 9"})
    fires(folder, CODE, "smaller than crop_size 9")


def test_it_fits(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_one_value_for_all(folder: Folder) -> None:
    check_noop(folder.net({MEAN: "mean_value: 78"}), CODE)


@pytest.mark.parametrize("mean", [MEAN + "\n    mean_value: 78", "mean_value: [70, 80, 90]"])
def test_fix(folder: Folder, mean: str) -> None:
    check_fixed(folder.net({MEAN: mean}), CODE)


def test_wrong_count_away_from_the_data(folder: Folder) -> None:
    values = "mean_value: 1 mean_value: 2"
    folder.net({"digits_": "elsewhere_", MEAN: values})
    fires(folder, CODE, "1 or 3 channels", severity="warning")
