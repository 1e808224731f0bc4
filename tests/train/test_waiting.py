"""Nothing in a training step waits for the device; torch's meta device refuses to be asked.

A number read on the host (`item`, `bool`, `nonzero`, a copy back) would make a GPU stand still in
each iteration; on meta tensors it is an error.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from caffe2torch.format import upgrade
from caffe2torch.module.options import Options
from caffe2torch.train.solver import Solver

HEAD = """
layer { name: "data" type: "DummyData" top: "data" top: "label" dummy_data_param {
  shape { dim: 2 dim: 3 dim: 16 dim: 16 } shape { dim: 2 } } }
"""
CONV = """layer { name: "c" type: "Convolution" bottom: "data" top: "c" convolution_param {
  num_output: 4 kernel_size: 3 weight_filler { type: "xavier" } } }"""
TAIL = """
layer { name: "ip" type: "InnerProduct" bottom: "c" top: "ip" inner_product_param {
  num_output: 5 weight_filler { type: "xavier" } } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }
"""
MIDDLE = {
    "MAX": 'type: "Pooling" pooling_param { kernel_size: 3 stride: 2 }',
    "MAX padded": 'type: "Pooling" pooling_param { kernel_size: 3 stride: 2 pad: 1 }',
    "AVE": 'type: "Pooling" pooling_param { pool: AVE kernel_size: 3 stride: 2 }',
    "LRN": 'type: "LRN"',
    "BatchNorm": 'type: "BatchNorm"',
    "Scale": 'type: "Scale" scale_param { bias_term: true }',
    "Dropout": 'type: "Dropout"',
    "MVN": 'type: "MVN"',
    "PReLU": 'type: "PReLU"',
}


def solver(folder: Path, net: str, text: str = "") -> Solver:
    """A solver whose net and weights lie on the meta device."""
    (folder / "net.prototxt").write_text(net)
    path = folder / "solver.prototxt"
    path.write_text(
        f'net: "{folder}/net.prototxt" base_lr: 0.1 lr_policy: "fixed" max_iter: 1000 '
        f'snapshot_prefix: "{folder}/x" snapshot_after_train: false {text}'
    )
    options = Options(device=torch.device("meta"), layout="nchw")
    return Solver(upgrade.read_solver(path), options)


@pytest.mark.parametrize("middle", MIDDLE)
def test_a_step_asks_for_no_number(tmp_path: Path, middle: str) -> None:
    layer = f'layer {{ name: "m" bottom: "c" top: "m" {MIDDLE[middle]} }}'
    net = HEAD + CONV + layer + TAIL.replace('bottom: "c"', 'bottom: "m"')
    training = solver(tmp_path, net, "momentum: 0.9 weight_decay: 0.001")
    training.step(3)
    assert training.iter == 3


@pytest.mark.parametrize("method", ["SGD", "Nesterov", "AdaGrad", "RMSProp", "AdaDelta", "Adam"])
@pytest.mark.parametrize("more", ["", "iter_size: 2"])
def test_no_update_asks_for_a_number(tmp_path: Path, method: str, more: str) -> None:
    decay = {"RMSProp": "rms_decay: 0.9", "AdaDelta": "delta: 1e-6 momentum: 0.9"}
    text = f'type: "{method}" weight_decay: 0.001 {decay.get(method, "")} {more}'
    training = solver(tmp_path, HEAD + CONV + TAIL, text)
    training.step(2)
    assert training.iter == 2


@pytest.mark.parametrize("text", ["display: 2", "clip_gradients: 1"])
def test_what_is_shown_is_asked_for(tmp_path: Path, text: str) -> None:
    training = solver(tmp_path, HEAD + CONV + TAIL, text)
    with pytest.raises((RuntimeError, NotImplementedError), match="meta"):
        training.step(3)
