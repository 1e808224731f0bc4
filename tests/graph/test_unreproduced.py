"""Fields of forks that are read and have no effect: built with a note, refused to run."""

from __future__ import annotations

import pytest

from caffe2torch.errors import UnsupportedError
from caffe2torch.format.upgrade import parse_net
from caffe2torch.graph import build_graph
from caffe2torch.module import build

NET = """
layer {{ name: "x" type: "Input" top: "x" input_param {{ shape {{ dim: [1, 2, 4, 4] }} }} }}
layer {{ name: "p" type: "Pooling" bottom: "x" top: "p" pooling_param {{ {} }} }}
"""


def test_such_a_field_is_named_in_a_note_and_its_layer_does_not_run() -> None:
    graph = build_graph(parse_net(NET.format("pool: LOWRES kernel_size: 2 stride: 2")))
    assert graph.shapes["p"] == (1, 2, 2, 2)
    assert graph.notes == [
        'fields of forks whose effect is not reproduced: pooling_param.pool: LOWRES (layer "p")'
    ]
    with pytest.raises(UnsupportedError, match="sets pooling_param.pool: LOWRES"):
        build.build(graph)


def test_a_field_that_is_set_to_its_default_is_no_matter() -> None:
    graph = build_graph(parse_net(NET.format("kernel_size: 2 fix: -1")))
    assert not graph.notes
    build.build(graph)
