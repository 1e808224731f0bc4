"""The message of a binary file is told by its fields, also where it is cut short."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from google.protobuf.message import Message

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import WeightsError
from caffe2torch.inspect.binary import has_weights, mapped, message_type
from caffe2torch.weights import write_caffemodel

BLOB = pb.BlobProto(shape=pb.BlobShape(dim=[3]), data=[1, 2, 3])
LAYER = pb.LayerParameter(name="ip", type="InnerProduct")
MESSAGES = {
    "NetParameter": pb.NetParameter(name="n", layer=[LAYER]),
    "SolverState": pb.SolverState(iter=7, learned_net="w", history=[BLOB]),
    "BlobProto": BLOB,
    "Datum": pb.Datum(channels=1, height=1, width=2, data=b"ab", label=3),
    "SolverParameter": pb.SolverParameter(net="n", base_lr=0.1, max_iter=9),
}


def written(path: Path, message: Message, cut: int = 0) -> str:
    data = message.SerializeToString()
    path.write_bytes(data[: len(data) - cut])
    return str(path)


@pytest.mark.parametrize("name", MESSAGES)
@pytest.mark.parametrize("cut", [0, 1])
def test_each_message_is_known_by_its_fields(tmp_path: Path, name: str, cut: int) -> None:
    assert message_type(written(tmp_path / "x", MESSAGES[name], cut)) == name


@pytest.mark.parametrize("data", [b"", b"\x00\x00", b"\x07abc", b"\x83\x9d\x02\x01"])
def test_other_bytes_are_none_of_them(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x").write_bytes(data)
    assert message_type(str(tmp_path / "x")) == ""


def test_fields_of_a_fork_do_not_hide_the_message(tmp_path: Path) -> None:
    path = written(tmp_path / "x", MESSAGES["NetParameter"])
    with Path(path).open("ab") as file:
        file.write(b"\xf8\xff\x01\x05")  # field 4095, a varint
    assert message_type(path) == "NetParameter"


def test_a_net_has_weights_where_a_layer_of_any_version_has_blobs(tmp_path: Path) -> None:
    path = tmp_path / "x"
    assert not has_weights(written(path, MESSAGES["NetParameter"]))
    whole = pb.LayerParameter(name="ip", blobs=[BLOB])
    assert has_weights(written(path, pb.NetParameter(layer=[LAYER, whole])))
    v1 = pb.V1LayerParameter(name="ip", blobs=[BLOB])
    assert has_weights(written(path, pb.NetParameter(layers=[v1])))
    v0 = pb.V1LayerParameter(layer=pb.V0LayerParameter(name="ip", blobs=[BLOB]))
    assert has_weights(written(path, pb.NetParameter(layers=[v0])))
    damaged = path.read_bytes()
    path.write_bytes(b"\xa2\x06\x7f" + damaged)  # a layer that is longer than the file
    assert has_weights(str(path))
    with pytest.raises(WeightsError, match="none"):
        has_weights(str(tmp_path / "none"))


def test_numbers_are_views_into_the_file(tmp_path: Path) -> None:
    from caffe2torch.weights.model import read_wire

    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    write_caffemodel(tmp_path / "w", pb.NetParameter(layer=[LAYER]), {"ip": [array]})
    with mapped(str(tmp_path / "w"), "caffemodel") as wire:
        (blob,) = read_wire(wire)["ip"]
        assert blob is not None and blob.base is not None
        assert not blob.flags.writeable
        np.testing.assert_array_equal(blob, array)
