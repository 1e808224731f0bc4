"""V1 nets of 2014: names of types."""

from __future__ import annotations

from caffe2torch import caffe_pb2 as pb
from caffe2torch.format import schema, upgrade


def test_fork_types_of_v1_get_their_present_name() -> None:
    net = upgrade.parse_net("layers { type: ROI_POOLING roi_pooling_param { pooled_w: 6 } }")
    layer = net.message.layer[0]
    assert (layer.type, layer.roi_pooling_param.pooled_w) == ("ROIPooling", 6)


def test_every_v1_type_has_a_name() -> None:
    types = pb.V1LayerParameter.LayerType
    reproduced = {name for name, number in types.items() if number < schema.UNREPRODUCED}
    assert set(upgrade.v1.TYPES) == reproduced


def test_a_v1_type_of_another_fork_keeps_its_name() -> None:
    net = upgrade.parse_net('layers { name: "v" type: VIDEO_WITH_VOXEL_TRUTH_DATA top: "v" }')
    assert net.message.layer[0].type == "VIDEO_WITH_VOXEL_TRUTH_DATA"
