"""The worked examples of docs/pycaffe.md run, as a user runs them, and do what they say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from caffe2torch import pycaffe as caffe
from tests.conftest import ROOT

pytestmark = pytest.mark.long

EXAMPLES = ROOT / "docs" / "examples" / "pycaffe"
FILLED = 'weight_filler { type: "gaussian" std: 0.1 } bias_filler { type: "constant" value: 0.1 }'
CONV = f"""
layer {{ name: "data" type: "Input" top: "data"
  input_param {{ shape {{ dim: 4 dim: 3 dim: 32 dim: 32 }} }} }}
layer {{ name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
  convolution_param {{ num_output: 5 kernel_size: 5 stride: 3 {FILLED} }} }}
layer {{ name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }}
"""
DEPLOY = f"""{CONV}
layer {{ name: "fc2" type: "InnerProduct" bottom: "conv1" top: "fc2"
  inner_product_param {{ num_output: 4 {FILLED} }} }}
layer {{ name: "prob" type: "Softmax" bottom: "fc2" top: "prob" }}
"""
FULL = f"""{CONV}
layer {{ name: "fc2-conv" type: "Convolution" bottom: "conv1" top: "fc2"
  convolution_param {{ num_output: 4 kernel_size: 10 }} }}
layer {{ name: "prob" type: "Softmax" bottom: "fc2" top: "prob" }}
"""
FAST = f"""{CONV}
layer {{ name: "rois" type: "Input" top: "rois" input_param {{ shape {{ dim: 1 dim: 5 }} }} }}
layer {{ name: "pool" type: "ROIPooling" bottom: "conv1" bottom: "rois" top: "pool"
  roi_pooling_param {{ pooled_w: 2 pooled_h: 2 spatial_scale: 0.3333 }} }}
layer {{ name: "cls" type: "InnerProduct" bottom: "pool" top: "cls"
  inner_product_param {{ num_output: 3 {FILLED} }} }}
layer {{ name: "bbox_pred" type: "InnerProduct" bottom: "pool" top: "bbox_pred"
  inner_product_param {{ num_output: 12 {FILLED} }} }}
layer {{ name: "cls_prob" type: "Softmax" bottom: "cls" top: "cls_prob" }}
"""
CORNERS = """
layer { name: "data" type: "Python" top: "data" top: "label"
  python_param { module: "blobs_layer" layer: "Corners" param_str: '{"batch": 16}' } }
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
  inner_product_param { num_output: 4 weight_filler { type: "xavier" } } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }
layer { name: "accuracy" type: "Accuracy" bottom: "ip" bottom: "label" top: "accuracy"
  include { phase: TEST } }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {"deploy": DEPLOY, "full": FULL, "fast": FAST, "corners": CORNERS}
    for name, text in files.items():
        (tmp_path / f"{name}.prototxt").write_text(text)
    caffe.set_random_seed(0)
    for name in ("deploy", "fast"):
        net = caffe.Net(str(tmp_path / f"{name}.prototxt"), caffe.TEST)
        net.save(str(tmp_path / f"{name}.caffemodel"))
    pixels = np.random.default_rng(0).integers(256, size=(40, 60, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "image.png")
    return tmp_path


def run(folder: Path, example: str, *args: str) -> str:
    """What `c2t run EXAMPLE ARGS` prints in `folder`."""
    done = subprocess.run(
        [sys.executable, "-m", "caffe2torch", "run", str(EXAMPLES / example), *args],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_classify(folder: Path) -> None:
    printed = run(folder, "classify.py", "deploy.prototxt", "deploy.caffemodel", "image.png")
    assert printed.startswith("image.png class ")
    assert printed.count("class") == 3


def test_net_surgery_gives_the_same_scores(folder: Path) -> None:
    names = ("deploy.prototxt", "deploy.caffemodel", "full.prototxt", "full.caffemodel")
    assert "fc2 (4, 500) -> fc2-conv (4, 5, 10, 10)" in run(folder, "surgery.py", *names)
    nets = [
        caffe.Net(
            str(folder / f"{n}.prototxt"), caffe.TEST, weights=str(folder / f"{n}.caffemodel")
        )
        for n in ("deploy", "full")
    ]
    x = np.random.default_rng(1).normal(size=(4, 3, 32, 32)).astype(np.float32)
    one, other = (net.forward(data=x)["prob"] for net in nets)
    np.testing.assert_allclose(one, other[:, :, 0, 0], rtol=1e-5)
    nets[1].blobs["data"].reshape(1, 3, 44, 38)
    assert nets[1].forward()["prob"].shape == (1, 4, 5, 3)


def test_filters(folder: Path) -> None:
    run(folder, "filters.py", "deploy.prototxt", "deploy.caffemodel", "filters.png")
    with Image.open(folder / "filters.png") as image:
        assert image.size == (18, 18)  # 5 filters of 5 x 5, with borders, on 3 x 3 tiles


def test_training_on_a_python_data_layer(folder: Path) -> None:
    (folder / "solver.prototxt").write_text(
        'net: "corners.prototxt" base_lr: 0.1 momentum: 0.9 lr_policy: "fixed" test_iter: 2 '
        "test_interval: 100 test_initialization: false snapshot_after_train: false random_seed: 1"
    )
    printed = run(folder, "train.py", "solver.prototxt", "curve.png")
    assert printed.rstrip().endswith("accuracy 1.00"), printed
    with Image.open(folder / "curve.png") as image:
        assert image.format == "PNG"


def test_detect(folder: Path) -> None:
    printed = run(folder, "detect.py", "fast.prototxt", "fast.caffemodel", "image.png")
    assert printed.count("class") == 2
    assert "boxes (2, 12)" in printed
