"""V0 nets of 2013: padding layers, and where every field goes."""

from __future__ import annotations

import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import GraphError
from caffe2torch.format import schema, upgrade
from caffe2torch.format.upgrade.v0 import upgrade_layer
from tests.format.upgrade.nets import PADDED


def test_padding_folds_into_the_convolution_behind_it() -> None:
    net = upgrade.parse_net(PADDED % "conv", "f")
    assert [layer.name for layer in net.message.layer] == ["input", "c"]
    conv = net.message.layer[1]
    assert (list(conv.convolution_param.pad), list(conv.bottom)) == ([2], ["data"])
    assert str(net.span(1)) == "f:4:1"


def test_padding_before_another_type_is_refused() -> None:
    with pytest.raises(GraphError, match="only conv and pool can") as caught:
        upgrade.parse_net(PADDED % "innerproduct", "f")
    assert str(caught.value.span) == "f:4:1"


def test_every_v0_field_has_a_place() -> None:
    ignored = {"name", "type", "blobs", "blobs_lr", "weight_decay", "new_num", "new_channels"}
    ignored.add("can_clobber")
    ignored |= {"datum_dims", "data_blob"}  # see upgrade.forks
    declared = pb.V0LayerParameter.DESCRIPTOR.fields
    fields = {field.name for field in declared if field.number < schema.UNREPRODUCED} - ignored
    assert set(upgrade.v0.FIELDS) == fields
    for new, owners in upgrade.v0.FIELDS.values():
        for type_name, owner in owners.items():
            assert type_name in upgrade.v0.TYPES
            message = getattr(pb.V1LayerParameter(), owner)
            assert not new or new in message.DESCRIPTOR.fields_by_name


def test_the_squared_hinge_loss_of_dsn_is_caffes_in_l2() -> None:
    old = pb.V1LayerParameter(layer=pb.V0LayerParameter(name="loss", type="squaredhingeloss"))
    new = upgrade_layer(old, [])
    assert new.type == pb.V1LayerParameter.HINGE_LOSS
    assert new.hinge_loss_param.norm == pb.HingeLossParameter.L2
