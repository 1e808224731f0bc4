"""Layers over time and space of video's forks become plain ones that say the same."""

from __future__ import annotations

from caffe2torch.format.upgrade import parse_net
from caffe2torch.graph import build_graph

INPUT = (
    'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: [1, 3, 8, 14, 14] } } }'
)


def built(text: str) -> tuple[object, tuple[int, ...]]:
    net = parse_net(INPUT + text)
    return net.message.layer[1], build_graph(net).shapes["y"]


def test_c3d_convolution_and_pooling() -> None:
    layer, shape = built("""layer { name: "c" type: "Convolution3D" bottom: "x" top: "y"
        convolution3d_param { num_output: 4 kernel_size: 7 kernel_depth: 3 pad: 3 temporal_pad: 1
            stride: 2 bias_term: false weight_filler { type: "msra" } } }""")
    assert layer.type == "Convolution" and not layer.convolution_param.bias_term
    assert layer.convolution_param.weight_filler.type == "msra"
    assert shape == (1, 4, 8, 7, 7)
    layer, shape = built("""layer { name: "p" type: "Pooling3D" bottom: "x" top: "y"
        pooling3d_param { pool: AVE kernel_size: 2 kernel_depth: 4 stride: 2
            temporal_stride: 4 } }""")
    assert layer.pooling_param.pool == layer.pooling_param.AVE and shape == (1, 3, 2, 7, 7)


def test_v1_has_the_depth_among_the_plain_fields() -> None:
    net = parse_net("""input: "x" input_shape { dim: [1, 3, 8, 14, 14] }
        layers { name: "c" type: CONVOLUTION3D bottom: "x" top: "y" convolution_param {
            num_output: 4 kernel_size: 3 kernel_depth: 2 pad: 1 temporal_pad: 1 } }
        layers { name: "p" type: POOLING3D bottom: "y" top: "z" pooling_param {
            pool: MAX kernel_size: 2 kernel_depth: 1 stride: 2 temporal_stride: 1 } }""")
    shapes = build_graph(net).shapes
    assert (shapes["y"], shapes["z"]) == ((1, 4, 9, 14, 14), (1, 4, 9, 7, 7))


def test_video_caffe_writes_shapes() -> None:
    layer, shape = built("""layer { name: "c" type: "NdConvolution" bottom: "x" top: "y"
        convolution_param { num_output: 4 kernel_shape { dim: 3 dim: 5 dim: 5 }
            stride_shape { dim: 1 dim: 2 dim: 2 } pad_shape { dim: 1 dim: 2 dim: 2 } } }""")
    assert layer.type == "Convolution" and shape == (1, 4, 8, 7, 7)
    layer, shape = built("""layer { name: "p" type: "NdPooling" bottom: "x" top: "y"
        pooling_param { kernel_shape { dim: 2 dim: 2 dim: 2 }
            stride_shape { dim: 2 dim: 2 dim: 2 } } }""")
    assert layer.type == "Pooling" and shape == (1, 3, 4, 7, 7)
