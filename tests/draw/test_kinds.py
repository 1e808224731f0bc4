"""Kinds of layers are those of Caffe's drawings, with data and losses apart."""

from __future__ import annotations

import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.draw.kinds import COLOURS, kind
from caffe2torch.draw.wiring import Vertex


@pytest.mark.parametrize(
    ("type_", "bottoms", "tops", "expected"),
    [
        ("Convolution", ["x"], ["y"], "convolution"),
        ("DepthwiseConvolution", ["x"], ["y"], "convolution"),
        ("Deconvolution", ["x"], ["y"], "convolution"),
        ("Pooling", ["x"], ["y"], "pooling"),
        ("ROIPooling", ["x", "rois"], ["y"], "pooling"),
        ("InnerProduct", ["x"], ["y"], "inner product"),
        ("DenseImageData", [], ["x", "l"], "data"),
        ("SoftmaxWithLoss", ["x", "l"], ["y"], "loss"),
        ("ReLU", ["x"], ["x"], "in place"),
        ("ReLU", ["x"], ["y"], "layer"),
        ("Eltwise", ["x", "y"], ["x"], "layer"),
        ("MyData", ["x"], ["y"], "data"),  # types that are not known, by their names
        ("MyLoss", ["x"], ["y"], "loss"),
        ("MyThing", [], ["y"], "data"),
        ("MyThing", ["x"], ["y"], "layer"),
    ],
)
def test_kind(type_: str, bottoms: list[str], tops: list[str], expected: str) -> None:
    param = pb.LayerParameter(type=type_, bottom=bottoms, top=tops)
    assert kind(Vertex(0, param, frozenset())) == expected
    assert expected in COLOURS
