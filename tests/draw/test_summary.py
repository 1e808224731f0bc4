"""The parameters of a layer in a few words, in Caffe's names."""

from __future__ import annotations

import pytest
from google.protobuf import text_format

from caffe2torch import caffe_pb2 as pb
from caffe2torch.draw.summary import parts, type_text


def layer(text: str) -> pb.LayerParameter:
    return text_format.Parse(text, pb.LayerParameter())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('type: "Pooling"', "Pooling MAX"),
        ('type: "Pooling" pooling_param { pool: AVE }', "Pooling AVE"),
        ('type: "Eltwise" eltwise_param { operation: PROD }', "Eltwise PROD"),
        ('type: "ReLU"', "ReLU"),
        ('type: "Unheard\\nOf"', r"Unheard\nOf"),
    ],
)
def test_the_type_has_its_mode(text: str, expected: str) -> None:
    assert type_text(layer(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "convolution_param { num_output: 64 kernel_size: 7 stride: 2 pad: 3 dilation: 1 }",
            ["kernel 7×7", "pad 3", "stride 2", "num_output 64"],
        ),
        ("convolution_param { kernel_h: 1 kernel_w: 7 pad_w: 3 }", ["kernel 1×7", "pad 0×3"]),
        ("convolution_param { kernel_size: [3, 5, 7] }", ["kernel 3×5×7"]),
        ("pooling_param { global_pooling: true engine: CUDNN }", ["global_pooling true"]),
        ("power_param { scale: 0.1 shift: -3 }", ["scale 0.1", "shift -3.0"]),
        ("reshape_param { shape { dim: 0 dim: -1 } }", ["shape 0×-1"]),
        ("slice_param { slice_point: [1, 2, 3, 4, 5] }", ["slice_point 1, 2, 3, 4, …"]),
        ('data_param { source: "/a/b/train_lmdb/" }', ["source train_lmdb"]),
        ("loss_weight: 0.3", ["loss_weight 0.3"]),
        ("param { lr_mult: 0 } param { lr_mult: 0 }", ["lr_mult 0"]),
        ("param { lr_mult: 0 } param { lr_mult: 1 }", []),
        ('type: "BatchNorm" param { lr_mult: 0 }', []),
        ('param { name: "w" } param { name: "b" }', ["param w, b"]),
        ("transform_param { scale: 0.1 }", []),
    ],
)
def test_what_is_said_of_a_layer(text: str, expected: list[str]) -> None:
    assert parts(layer(text)) == expected


def test_no_more_than_six_fields_are_named() -> None:
    fields = "window_data_param { source: 'a' scale: 2 batch_size: 3 crop_size: 4 fg_fraction: 0.5 "
    fields += "bg_threshold: 0.5 context_pad: 6 cache_images: true }"
    assert len(parts(layer(fields))) == 6
