"""Fields of forks that change nothing here are named in one note."""

from __future__ import annotations

from caffe2torch import caffe_pb2 as pb
from caffe2torch.format.upgrade import parse_net
from caffe2torch.graph import build_graph
from caffe2torch.graph import no_effect as _without_effect


def test_one_note_names_them_and_where() -> None:
    graph = build_graph(
        parse_net(
            """
            version: 1
            layer { name: "d" type: "Data" top: "d" data_param { source: "x" batch_size: 1 }
              transform_param { crop_size: 8 max_rotate_degree: 5 } }
            layer { name: "a" type: "ReLU" bottom: "d" top: "a" device { device_id: 1 } }
            layer { name: "b" type: "ReLU" bottom: "a" top: "b" device { device_id: 2 } }
            """
        ),
        phase="TRAIN",
        assume=True,
    )
    notes = [note for note in graph.notes if "forks" in note]
    assert notes == [
        "fields of forks that have no effect here: version, "
        'transform_param.max_rotate_degree (layer "d"), device (layer "a" and 1 more)'
    ]


def test_a_net_without_such_fields_has_no_note() -> None:
    text = "layer { type: 'Input' top: 'x' input_param { shape { dim: 2 } } }"
    assert build_graph(parse_net(text), phase="TEST").notes == []


def test_the_names_are_of_the_schema() -> None:
    for path in _without_effect.OTHERS:
        message, field = path.split(".")
        assert field in getattr(pb, message).DESCRIPTOR.fields_by_name
