"""FrcnnProposalTarget: its classes are in no net, and fit what the net compares them with."""

from __future__ import annotations

import pytest

from caffe2torch.errors import DataError, UnsupportedError
from caffe2torch.format.upgrade import parse_net
from caffe2torch.graph import build_graph
from caffe2torch.module import build

NET = """
input: "rois" input_shape { dim: [9, 5] } input: "objects" input_shape { dim: [2, 5] }
layer { name: "l" type: "FrcnnProposalTarget" bottom: "rois" bottom: "objects" top: "drawn"
  top: "labels" top: "targets" top: "inside" top: "outside" }
layer { name: "ip" type: "InnerProduct" bottom: "drawn" top: "ip"
  inner_product_param { num_output: COLUMNS } }
layer { name: "loss" type: "SmoothL1Loss" bottom: "ip" bottom: "targets" bottom: "inside"
  bottom: "outside" top: "loss" }
"""


@pytest.mark.parametrize("columns", [84, 24])
def test_targets_and_their_weights_fit_the_loss_together(columns: int) -> None:
    net = parse_net(NET.replace("COLUMNS", str(columns)))
    graph = build_graph(net, phase="TRAIN", assume=True)
    for top in ("targets", "inside", "outside"):
        assert graph.shapes[top][:2] == (128, columns)
    with pytest.raises(UnsupportedError):
        build.build(graph)


def test_no_shape_is_said_where_none_may_be_assumed() -> None:
    with pytest.raises(DataError, match="in the fork's configuration"):
        build_graph(parse_net(NET.replace("COLUMNS", "84")), phase="TRAIN")
