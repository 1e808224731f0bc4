"""How far apart two data layers' means are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from caffe2torch.data.mean import save_mean
from caffe2torch.lint import means
from caffe2torch.lint.context import Context

NET = """
layer {{ name: "data" type: "Data" top: "data" top: "label" include {{ phase: TRAIN }}
  transform_param {{ {train} }} data_param {{ source: "a" batch_size: 8 backend: LMDB }} }}
layer {{ name: "data" type: "Data" top: "data" top: "label" include {{ phase: TEST }}
  transform_param {{ {test} }} data_param {{ source: "b" batch_size: 8 backend: LMDB }} }}
layer {{ name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
  inner_product_param {{ num_output: 9 weight_filler {{ type: "xavier" }} }} }}
layer {{ name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }}
"""
SOLVER = (
    'net: "net.prototxt" base_lr: 0.1 lr_policy: "fixed" max_iter: 9 test_iter: 1 test_interval: 9'
)
SMALL = np.linspace(60, 180, 3 * 32 * 32, dtype=np.float32).reshape(3, 32, 32)
PADDED = np.pad(SMALL, ((0, 0), (4, 4), (4, 4)))
CHANNELS = " ".join(f"mean_value: {value}" for value in SMALL.mean(axis=(1, 2)))


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, mean in (("m32", SMALL), ("m40", PADDED), ("dark", SMALL - 35)):
        save_mean(Path(name), mean)
    Path("solver.prototxt").write_text(SOLVER)


def apart(train: str, test: str) -> float | None:
    Path("net.prototxt").write_text(NET.format(train=train, test=test))
    c = Context("solver.prototxt")
    return means.apart(c.train.sources[0], c.tests[0].sources[0])


@pytest.mark.parametrize(
    ("train", "test", "far"),
    [
        ('mean_file: "m40" crop_size: 32', 'mean_file: "m32"', 0),
        ('mean_file: "m40" crop_size: 24', 'mean_file: "m32" crop_size: 24', 0),
        ('mean_file: "m32"', 'mean_file: "dark"', 0.5),
        ('mean_file: "m32"', "mean_value: 100", 60 / 70),  # the last channel's mean is 160
        ('mean_file: "m32"', CHANNELS, 0),
        (CHANNELS, 'mean_file: "m40" crop_size: 32', 0),
        ("mean_value: 104 mean_value: 117 mean_value: 123", "mean_value: 115", 11 / 70),
        ("mean_value: 104", "mean_value: 104 mean_value: 104 mean_value: 104", 0),
        ("mean_value: 35", "", 0.5),
        ("", 'mean_file: "not_here"', 115 / 70),
        ('mean_file: "/data/a/mean"', 'mean_file: "../b/mean"', 0),
        ('mean_file: "C:\\\\a\\\\mean"', 'mean_file: "mean"', 0),
        ('mean_file: "a"', 'mean_file: "b"', None),
        ('mean_file: "a"', "mean_value: 104", None),
    ],
)
def test_numbers_are_compared(train: str, test: str, far: float | None) -> None:
    got = apart(train, test)
    assert got is None if far is None else got == pytest.approx(far, abs=1e-3)
