"""What old forks and experiments wrote in their own way."""

from __future__ import annotations

import pytest

from caffe2torch import layers
from caffe2torch.errors import SchemaError
from caffe2torch.format.upgrade import parse_net, parse_solver
from caffe2torch.graph import build_graph


def test_memory_data_of_2013_is_an_input_of_the_net() -> None:
    net = parse_net(
        """
        layers { top: "data" layer { name: "data" type: "memory_data"
          datum_dims { channels: 3 height: 8 width: 9 } } }
        layers { bottom: "data" top: "r" layer { name: "r" type: "relu" } }
        """
    )
    graph = build_graph(net, phase="TEST")
    assert graph.shapes == {"data": (1, 3, 8, 9), "r": (1, 3, 8, 9)}
    span = net.span(1, "bottom")
    assert span is not None
    assert span.line == 4


def test_a_data_blob_is_a_data_layer() -> None:
    net = parse_net(
        """
        layers { top: "data" top: "label" layer { name: "data" type: "data_blob" data_blob {
          data_source { name: "db" leveldb { source: "train_db" batch_size: 7 } }
          data_processors {
            mean_subtraction { name: "m" mean_file: "mean.binaryproto" }
            cropping { name: "c" crop_dims { height: 5 width: 5 } }
            mirroring { name: "f" type: LEFT_RIGHT } } } } }
        """
    )
    layer = net.message.layer[0]
    assert layer.type == "Data"
    assert (layer.data_param.source, layer.data_param.batch_size) == ("train_db", 7)
    transform = layer.transform_param
    assert (transform.crop_size, transform.mirror) == (5, True)
    assert transform.mean_file == "mean.binaryproto"


def test_a_subtraction_is_a_mean_of_all_pixels() -> None:
    text = 'layers { top: "d" layer { name: "d" type: "data" source: "x" subtraction: 114 } }'
    layer = parse_net(text).message.layer[0]
    assert list(layer.transform_param.mean_value) == [114]


def test_cross_channel_pooling_is_a_convolution_of_one_pixel() -> None:
    net = parse_net(
        """
        input: "x" input_dim: 1 input_dim: 4 input_dim: 5 input_dim: 6
        layers { bottom: "x" top: "y" layer { name: "l" type: "cccp" num_output: 3 group: 2 } }
        """
    )
    node = build_graph(net, phase="TEST").node("l")
    assert (node.type, node.top_shapes) == ("Convolution", [(1, 6, 5, 6)])
    assert [blob.shape for blob in node.blobs.values()] == [(6, 2, 1, 1), (6,)]


def test_locally_connected_is_local() -> None:
    net = parse_net(
        """
        input: "x" input_dim: 1 input_dim: 2 input_dim: 5 input_dim: 5
        layers { bottom: "x" top: "y" layer { name: "l" type: "locally_connected"
          num_output: 4 kernelsize: 3 pad: 1 weight_filler { type: "gaussian" std: 0.1 } } }
        """
    )
    graph = build_graph(net, phase="TEST")
    assert graph.shapes["y"] == (1, 4, 5, 5)
    assert [p.shape for p in graph.params] == [(4, 1, 18, 25), (1, 1, 4, 25)]


def test_bottoms_of_the_net_are_inputs_whose_shape_nothing_says() -> None:
    net = parse_net('bottom: "data" layers { bottom: "data" top: "r" layer { type: "relu" } }')
    assert [layer.type for layer in net.message.layer] == ["Input", "ReLU"]
    assert build_graph(net, phase="TEST").shapes["data"] == ()
    graph = build_graph(net, phase="TEST", assume=True)
    assert graph.shapes["data"] == (1, 3, 224, 224)
    assert "assumed shapes data (1, 3, 224, 224)" in graph.notes[0]


def test_a_transform_among_the_data_fields_moves_to_the_layer() -> None:
    net = parse_net(
        """
        layers { name: "d" type: DATA top: "d"
          data_param { source: "x" transform_param { crop_size: 27 } } }
        layers { name: "i" type: IMAGE_DATA top: "i" top: "l"
          image_data_param { source: "x" transform_param { mirror: true scale: 0.5 } } }
        """
    )
    data, images = net.message.layer
    assert data.transform_param.crop_size == 27
    assert (images.transform_param.mirror, images.transform_param.scale) == (True, 0.5)
    assert not data.data_param.HasField("transform_param")


def test_a_hole_is_a_dilation() -> None:
    net = parse_net(
        """
        layer { type: "Convolution" convolution_param { num_output: 1 kernel_size: 3 hole: 12 } }
        layer { type: "Convolution" convolution_param { num_output: 1 hole_h: 2 hole_w: 4 } }
        layer { type: "Convolution" convolution_param { num_output: 1 dilation: 6 } }
        """
    )
    assert [list(layer.convolution_param.dilation) for layer in net.message.layer] == [
        [12], [2, 4], [6],
    ]  # fmt: skip


def test_weights_from_parameter_layers_are_shared_by_name() -> None:
    text = """
        layer { name: "w" type: "Parameter" top: "w" param { lr_mult: 3 }
          parameter_param { shape { dim: [4, 6] } } }
        layer { name: "b" type: "Parameter" top: "b" parameter_param { shape { dim: 4 } } }
        layer { name: "x" type: "Input" top: "x" input_param { shape { dim: [2, 6] } } }
        layer { name: "i" type: "InnerProduct" bottom: "x" bottom: "w" bottom: "b" top: "i"
          param_bottoms: 2 device { type: GPU device_id: 1 }
          inner_product_param { num_output: 4 } }
        layer { name: "j" type: "InnerProduct" bottom: "x" bottom: "w" bottom: "b" top: "j"
          param_bottoms: 2 inner_product_param { num_output: 4 } }
        """
    net = parse_net(text)
    graph = build_graph(net, phase="TEST")
    assert [layer.name for layer in net.message.layer] == ["x", "i", "j"]
    assert [(p.name, p.shape, p.lr_mult) for p in graph.params] == [
        ("w", (4, 6), 3), ("b", (4,), 1),
    ]  # fmt: skip
    span = net.span(1, "top")
    assert span is not None
    assert span.line == 6


def test_a_parameter_that_something_else_reads_stays() -> None:
    text = """
        layer { name: "w" type: "Parameter" top: "w" parameter_param { shape { dim: [4, 6] } } }
        layer { name: "x" type: "Input" top: "x" input_param { shape { dim: [4, 6] } } }
        layer { name: "i" type: "InnerProduct" bottom: "x" bottom: "w" top: "i" param_bottoms: 1
          inner_product_param { num_output: 4 bias_term: false } }
        layer { name: "e" type: "Eltwise" bottom: "x" bottom: "w" top: "e" }
        """
    assert [layer.name for layer in parse_net(text).message.layer] == ["w", "x", "i", "e"]


def test_v1_types_of_forks_are_called_what_the_text_calls_them() -> None:
    text = """layers { name: "d" type: WINDOW_SEG_DATA top: "d" }
layers { name: "u" type: UNPOOLING bottom: "d" top: "u" unpooling_param { unpool_size: 14 } }
layers { name: "z" type: WOBBLE bottom: "u" top: "z" }"""
    net = parse_net(text)
    assert [layer.type for layer in net.message.layer] == ["WINDOW_SEG_DATA", "UNPOOLING", "WOBBLE"]
    assert net.message.layer[1].unpooling_param.unpool_size == 14
    known = [layers.known(layer) for layer in net.message.layer]
    assert [layer.type if layer else None for layer in known] == [
        "WindowSegData",
        "Unpooling",
        None,
    ]
    with pytest.raises(SchemaError, match='CONVOLUTON is not a value of "type"') as caught:
        parse_net("layers { type: CONVOLUTON }")
    assert 'did you mean "CONVOLUTION"' in (caught.value.hint or "")


def test_a_list_of_devices_is_the_first_of_them_and_a_note() -> None:
    solver = parse_solver("base_lr: 0.1 device_id: [2, 3]")
    assert solver.message.device_id == 2 and not solver.message.device_id_list
    assert solver.notes == ["device_id [2, 3]: --gpu says on which devices to train"]
    assert parse_solver("device_id: 1").notes == []
