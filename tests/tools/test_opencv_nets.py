"""The nets of OpenCV's samples are nets as Caffe wires them, with the outputs they should have."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.format.upgrade import read_net
from caffe2torch.graph import build_graph
from tools.opencv_nets import NETS

OUTPUTS = {
    "face detector (res10 SSD)": {"detection_out": (1, 1, 1, 7)},
    "MobileNet-SSD": {"detection_out": (1, 1, 1, 7)},
    "OpenPose body": {"concat_stage7": (1, 57, 23, 23)},
    "OpenPose hand": {"concat_stage7": (1, 22, 23, 23)},
    "OpenPose face": {"concat_stage7": (1, 71, 23, 23)},
    "colorization": {"class8_ab": (1, 2, 56, 56)},
    "ENet": {"deconv": (1, 19, 256, 256)},
    "DenseNet-121": {"fc6": (1, 1000, 1, 1)},
    "age": {"prob": (1, 8)},
    "gender": {"prob": (1, 2)},
    "GOTURN": {"fc8-shapes": (1, 4)},
    "TextBoxes": {"detection_out": (1, 1, 1, 7)},
    "WeChat QR detector": {"detection_out": (1, 1, 1, 7)},
    "WeChat QR super-resolution": {"fc": (1, 1, 160, 160)},
    "R-FCN": {"cls_prob": (300, 21, 1, 1), "ave_bbox_rois": (300, 8, 1, 1)},
    "Faster R-CNN": {"bbox_pred": (300, 84), "cls_prob": (300, 21)},
    "HED": {"sigmoid-fuse": (1, 1, 200, 200)},
}


@pytest.mark.parametrize("name", NETS)
def test_a_net_is_wired(tmp_path: Path, name: str) -> None:
    path = tmp_path / "net.prototxt"
    path.write_text(str(NETS[name]()))
    graph = build_graph(read_net(path), phase="TEST")
    assert {blob: graph.shapes[blob] for blob in graph.outputs} == OUTPUTS[name]
    assert graph.notes == []
