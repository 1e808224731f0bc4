"""Faster R-CNN end to end: py-faster-rcnn's layers train on a small VOC folder and convert."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from caffe2torch.cli import cli

BODY = """
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param {
  num_output: 8 kernel_size: 7 pad: 3 stride: 4 weight_filler { type: "msra" } } }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "pool" type: "Pooling" bottom: "conv" top: "pool" pooling_param {
  pool: MAX kernel_size: 4 stride: 4 } }
layer { name: "rpn_score" type: "Convolution" bottom: "pool" top: "rpn_score" convolution_param {
  num_output: 18 kernel_size: 1 weight_filler { type: "gaussian" std: 0.0001 } } }
layer { name: "rpn_box" type: "Convolution" bottom: "pool" top: "rpn_box" convolution_param {
  num_output: 36 kernel_size: 1 weight_filler { type: "gaussian" std: 0.00001 } } }
layer { name: "two" type: "Reshape" bottom: "rpn_score" top: "two"
  reshape_param { shape { dim: 0 dim: 2 dim: -1 dim: 0 } } }
layer { name: "rpn_prob" type: "Softmax" bottom: "two" top: "rpn_prob" }
layer { name: "back" type: "Reshape" bottom: "rpn_prob" top: "back"
  reshape_param { shape { dim: 0 dim: 18 dim: -1 dim: 0 } } }
layer { name: "proposal" type: "Python" bottom: "back" bottom: "rpn_box" bottom: "im_info"
  top: "PROPOSED" python_param { module: "rpn.proposal_layer" layer: "ProposalLayer"
  param_str: "'feat_stride': 16" } }
"""
DATA = """
layer { name: "input" type: "Python" top: "data" top: "im_info" top: "gt_boxes" python_param {
  module: "roi_data_layer.layer" layer: "RoIDataLayer"
  param_str: "'num_classes': 21, 'scale': 400, 'max_size': 500" } }
"""
TARGETS = """
layer { name: "rpn-data" type: "Python" bottom: "rpn_score" bottom: "gt_boxes" bottom: "im_info"
  bottom: "data" top: "labels" top: "offsets" top: "inside" top: "outside" python_param {
  module: "rpn.anchor_target_layer" layer: "AnchorTargetLayer" param_str: "'feat_stride': 16" } }
layer { name: "rpn_loss" type: "SoftmaxWithLoss" bottom: "two" bottom: "labels" top: "rpn_loss"
  propagate_down: true propagate_down: false loss_param { ignore_label: -1 normalize: true } }
layer { name: "rpn_box_loss" type: "SmoothL1Loss" bottom: "rpn_box" bottom: "offsets"
  bottom: "inside" bottom: "outside" top: "rpn_box_loss" smooth_l1_loss_param { sigma: 3.0 } }
layer { name: "roi-data" type: "Python" bottom: "proposed" bottom: "gt_boxes" top: "rois"
  top: "classes" top: "bbox" top: "bbox_inside" top: "bbox_outside" python_param {
  module: "rpn.proposal_target_layer" layer: "ProposalTargetLayer"
  param_str: "'num_classes': 21" } }
"""
HEAD = """
layer { name: "roi_pool" type: "ROIPooling" bottom: "pool" bottom: "rois" top: "roi_pool"
  roi_pooling_param { pooled_w: 3 pooled_h: 3 spatial_scale: 0.0625 } }
layer { name: "score" type: "InnerProduct" bottom: "roi_pool" top: "score" inner_product_param {
  num_output: 21 weight_filler { type: "gaussian" std: 0.0001 } } }
layer { name: "box" type: "InnerProduct" bottom: "roi_pool" top: "box" inner_product_param {
  num_output: 84 weight_filler { type: "gaussian" std: 0.00001 } } }
"""
LOSSES = """
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "classes" top: "loss"
  propagate_down: true propagate_down: false }
layer { name: "box_loss" type: "SmoothL1Loss" bottom: "box" bottom: "bbox" bottom: "bbox_inside"
  bottom: "bbox_outside" top: "box_loss" }
"""
DEPLOY = """
input: "data" input_shape { dim: 1 dim: 3 dim: 160 dim: 160 }
input: "im_info" input_shape { dim: 1 dim: 3 }
"""
SOLVER = """
train_net: "train.prototxt" base_lr: 0.00001 lr_policy: "fixed" momentum: 0.9 iter_size: 2
display: 1 max_iter: 6 snapshot_prefix: "tiny" solver_mode: CPU random_seed: 1
"""
OBJECT = (
    "<annotation><object><name>car</name><difficult>0</difficult><bndbox><xmin>30</xmin>"
    "<ymin>30</ymin><xmax>150</xmax><ymax>150</ymax></bndbox></object></annotation>"
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """py-faster-rcnn's folders: three pictures, a net of its layers, a solver."""
    voc = tmp_path / "data" / "VOCdevkit2007" / "VOC2007"
    for part in ("JPEGImages", "Annotations", "ImageSets/Main"):
        (voc / part).mkdir(parents=True)
    rng = np.random.default_rng(0)
    for name in "abc":
        pixels = rng.integers(0, 60, (200, 200, 3)).astype(np.uint8)
        pixels[30:150, 30:150] = 220
        Image.fromarray(pixels).save(voc / "JPEGImages" / f"{name}.jpg")
        (voc / "Annotations" / f"{name}.xml").write_text(OBJECT)
    (voc / "ImageSets/Main/trainval.txt").write_text("a\nb\nc\n")
    body = BODY.replace("PROPOSED", "proposed")
    (tmp_path / "train.prototxt").write_text(DATA + body + TARGETS + HEAD + LOSSES)
    (tmp_path / "test.prototxt").write_text(DEPLOY + BODY.replace("PROPOSED", "rois") + HEAD)
    (tmp_path / "solver.prototxt").write_text(SOLVER)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*words: str) -> None:
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 0, result.output


def test_its_losses_fall_and_its_weights_convert(project: Path) -> None:
    pytest.importorskip("onnx", reason="ONNX files need the extra onnx")
    call("train", "solver.prototxt", "--no-lint")
    log = (project / "tiny_run" / "train.log").read_text()
    for name, classes in (("loss", 21), ("rpn_loss", 2)):
        values = [float(value) for value in re.findall(rf" {name} = (\S+) \(", log)]
        assert values[0] == pytest.approx(np.log(classes), abs=0.3)
        assert min(values[-3:]) < values[0]
    call("convert", "test.prototxt", "--weights", "tiny_iter_6.caffemodel", "-o", "net.onnx")
    assert (project / "net.onnx").stat().st_size > 10_000
