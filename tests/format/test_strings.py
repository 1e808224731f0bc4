"""Names that are not UTF-8 come back byte for byte, from text and from binary files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caffe2torch import caffe_pb2 as pb
from caffe2torch.format import schema, strings, upgrade
from caffe2torch.graph import build_graph
from caffe2torch.weights import read_structure, read_weights, write_caffemodel, write_caffemodel_h5

GBK = "全连".encode("gbk")  # 0xC8 0xAB 0xC1 0xAC, the first two of which are UTF-8 by chance


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=20))
def test_any_bytes_come_back(data: bytes) -> None:
    text = strings.decoded(data)
    assert strings.encoded(text) == data
    pb.NetParameter(name=text).SerializeToString()  # protobuf takes it
    assert strings.to_escapes(text) == data.decode("utf-8", "surrogateescape")


def test_utf_8_stays_as_it_is() -> None:
    assert strings.decoded("größe 大".encode()) == "größe 大"
    assert strings.from_escapes("conv1") == "conv1"


def test_characters_that_stand_for_bytes_are_told_from_such_bytes() -> None:
    real = "\uef80".encode()
    assert strings.encoded(strings.decoded(real)) == real
    assert strings.decoded(real) != strings.decoded(b"\x80")


def wire(name: bytes) -> bytes:
    """A binary net of one layer called `name`."""
    layer = b"\x0a" + bytes([len(name)]) + name + b"\x12\x04ReLU"
    return b"\x0a\x01n" + b"\xa2\x06" + bytes([len(layer)]) + layer


def test_a_binary_net_is_read_and_written(tmp_path: Path) -> None:
    data = wire(GBK)
    net = schema.parse_binary(data, "NetParameter", "f")
    assert strings.encoded(net.layer[0].name) == GBK
    assert schema.serialized(net) == data
    schema.write_binary(net, tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == data
    assert r'name: "\310\253\301\254"' in schema.to_text(net).replace("ȫ", r"\310\253")


@pytest.mark.parametrize("quoted", [GBK, b"\\310\\253\\301\\254", b"\\xc8\\xab" + GBK[2:]])
def test_a_text_net_takes_bytes_and_escapes(quoted: bytes) -> None:
    source = schema.decode(b'name: "' + quoted + b'"', "f")
    net = schema.parse_message(source, "NetParameter", "f").message
    assert strings.encoded(net.name) == GBK
    again = schema.parse_message(schema.to_text(net), "NetParameter", "f").message
    assert again == net


def test_a_backslash_before_such_a_byte_is_refused_as_in_caffe() -> None:
    source = schema.decode(b'name: "\\\xc8"', "f")
    with pytest.raises(schema.SeveralSchemaError, match="a backslash stands in front"):
        schema.parse_message(source, "NetParameter", "f")


def test_weights_go_by_such_names_in_both_formats(tmp_path: Path) -> None:
    name = strings.decoded(GBK)
    net = pb.NetParameter(name="n", layer=[pb.LayerParameter(name=name, type="InnerProduct")])
    blobs = {name: [np.ones((1, 2), np.float32)]}
    write_caffemodel(tmp_path / "f", net, blobs)
    write_caffemodel_h5(tmp_path / "f.h5", blobs)
    assert GBK in (tmp_path / "f").read_bytes()
    for file in ("f", "f.h5"):
        assert list(read_weights(tmp_path / file)) == [name]
    assert read_structure(tmp_path / "f").message.layer[0].name == name


def test_a_net_is_wired_by_such_names() -> None:
    text = b'layer { name: "d" type: "Input" top: "@" input_param { shape { dim: 1 } } }'
    text += b'layer { name: "@" type: "ReLU" bottom: "@" top: "@" }'
    source = schema.decode(text.replace(b"@", GBK), "f")
    graph = build_graph(upgrade.parse_net(source, "f"))
    assert graph.outputs == [strings.decoded(GBK)]


def test_a_path_of_such_bytes_is_opened(tmp_path: Path) -> None:
    from caffe2torch.data.lists import labelled

    file = str(tmp_path).encode() + b"/" + GBK
    Path(strings.to_escapes(strings.decoded(file))).write_bytes(b"a.png 3\n")
    assert labelled(strings.decoded(file)) == [("a.png", 3)]


def test_what_is_cut_short_stays_for_protobuf_to_refuse() -> None:
    data = wire(GBK)
    for end in range(len(data)):
        strings.from_wire(data[:end], pb.NetParameter.DESCRIPTOR)
    with pytest.raises(schema.ParseError):
        schema.parse_binary(data[:-3], "NetParameter", "f")
