"""How messages name layers."""

from __future__ import annotations

from caffe2torch import caffe_pb2 as pb
from caffe2torch.lint import naming


def test_names_that_fit_are_all_said() -> None:
    assert naming.layers(["conv1"]) == 'layer "conv1"'
    assert naming.layers(["a", "b", "a", "c"]) == "3 layers (a, b, c)"


def test_long_names_leave_a_headline_short() -> None:
    names = [f"inception_{i}a/3x3_reduce" for i in range(20)]
    assert naming.layers(names) == "20 layers (inception_0a/3x3_reduce ...)"


def test_a_new_name_is_neither_a_layer_s_nor_a_blob_s() -> None:
    net = pb.NetParameter(layer=[pb.LayerParameter(name="a", top=["b", "b_2"])])
    assert naming.fresh(naming.taken(net), "c") == "c"
    assert naming.fresh(naming.taken(net), "a") == "a_2"
    assert naming.fresh(naming.taken(net), "b") == "b_3"
    assert naming.fresh(naming.blobs(net), "a") == "a"


def test_a_number_and_its_noun() -> None:
    assert naming.counted([1]) == "1 layer"
    assert naming.counted([1, 2], "file") == "2 files"
