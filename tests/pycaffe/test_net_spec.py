"""NetSpec writes the prototxt that Caffe's writes; coordinate maps against windows by hand."""

from __future__ import annotations

import pytest
from google.protobuf import text_format

from caffe2torch import caffe_pb2 as pb
from caffe2torch.pycaffe import TRAIN, NetSpec, to_proto
from caffe2torch.pycaffe import layers as L
from caffe2torch.pycaffe import params as P


def assert_is(net: pb.NetParameter, text: str) -> None:
    assert net == text_format.Parse(text, pb.NetParameter())


def test_assigned_names_are_the_names_of_layers_and_tops() -> None:
    n = NetSpec()
    n.data, n.label = L.Data(
        batch_size=2, backend=P.Data.LMDB, ntop=2, include={"phase": TRAIN},
        transform_param={"mirror": True, "mean_value": [1, 2, 3]},
    )  # fmt: skip
    n.conv = L.Convolution(n.data, kernel_size=3, num_output=4, param=[{"lr_mult": 1}, {}])
    n.relu = L.ReLU(n.conv, in_place=True)
    n.pool = L.Pooling(n.relu, pool=P.Pooling.AVE, global_pooling=True)
    n.loss = L.SoftmaxWithLoss(n.pool, n.label, loss_param={"ignore_label": 255})
    assert_is(
        n.to_proto(),
        """
        layer { name: "data" type: "Data" top: "data" top: "label" include { phase: TRAIN }
          transform_param { mirror: true mean_value: 1 mean_value: 2 mean_value: 3 }
          data_param { batch_size: 2 backend: LMDB } }
        layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
          param { lr_mult: 1 } param { } convolution_param { num_output: 4 kernel_size: 3 } }
        layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
        layer { name: "pool" type: "Pooling" bottom: "conv" top: "pool"
          pooling_param { pool: AVE global_pooling: true } }
        layer { name: "loss" type: "SoftmaxWithLoss" bottom: "pool" bottom: "label" top: "loss"
          loss_param { ignore_label: 255 } }
        """,
    )


def test_what_has_no_name_is_numbered_by_type() -> None:
    data = L.DummyData(shape={"dim": [1, 2]})
    one, two = L.Split(data, ntop=2)
    text = """
      layer { name: "DummyData1" type: "DummyData" top: "DummyData1"
        dummy_data_param { shape { dim: 1 dim: 2 } } }
      layer { name: "Split1" type: "Split" bottom: "DummyData1" top: "Split1" top: "Split2" }
      layer { name: "Eltwise1" type: "Eltwise" bottom: "Split1" bottom: "Split2" top: "Eltwise1" }
    """
    assert_is(to_proto(L.Eltwise(one, two)), text)
    assert_is(L.Eltwise(one, two).to_proto(), text)


def test_a_layer_without_tops_is_numbered_too() -> None:
    n = NetSpec()
    n.data = L.Input(shape={"dim": 1})
    n.nothing = L.Silence(n.data, ntop=0)
    assert [layer.name for layer in n.to_proto().layer] == ["data", "nothing"]
    n["odd name"] = L.ReLU(n["data"])
    assert n.to_proto().layer[-1].name == "odd name"


def test_a_top_that_is_not_there_is_a_key_error_as_in_caffe() -> None:
    n = NetSpec()
    with pytest.raises(KeyError, match="conv"):
        _ = n.conv
    assert not hasattr(n, "conv")


def test_what_is_no_top_or_no_field_is_refused() -> None:
    pair = L.DummyData(ntop=2)
    with pytest.raises(TypeError, match=r"Silence input 0 is not a Top \(type is <class 'tuple'>"):
        L.Silence(pair, ntop=0)
    with pytest.raises(AttributeError):
        L.ReLU(pair[0], no_such_field=1).to_proto()
    with pytest.raises(AttributeError):
        _ = P.Pooling.MEDIAN


def test_a_spec_is_read_and_changed_as_ssd_does_it() -> None:
    n = NetSpec()
    n.data = L.DummyData()
    n.conv1 = L.Convolution(n.data, num_output=4)
    n.extra = L.ReLU(n.conv1)
    assert n.keys() == ["data", "conv1", "extra"]
    assert n.vals()[1] is n.conv1
    n.update("conv1", {"num_output": 8})
    del n["extra"]
    assert [layer.name for layer in n.to_proto().layer] == ["data", "conv1"]
    assert n.to_proto().layer[1].convolution_param.num_output == 8
    n.keys = L.ReLU(n.conv1)
    assert n.keys is n["keys"]


def test_a_list_for_one_value_is_an_attribute_error_that_names_it() -> None:
    data = L.Input()
    with pytest.raises(AttributeError, match=r"num_output holds one value, not the list \[3\]"):
        to_proto(L.InnerProduct(data, num_output=[3]))
    with pytest.raises(AttributeError, match="nothing"):
        to_proto(L.InnerProduct(data, nothing=3))
