"""Old formats become the present one exactly as Caffe's upgrade tools make them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import C2TError, GraphError, SchemaError, SolverError
from caffe2torch.format import schema, upgrade

FOLDER = Path(__file__).parents[2] / "golden" / "upgrade"
CASES = [c for c in json.loads((FOLDER / "index.json").read_text())["cases"] if "tool" in c]


def read(case_kind: str, path: Path):
    return upgrade.read_solver(path) if case_kind == "solver" else upgrade.read_net(path)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["name"])
def test_golden(case) -> None:
    kind = "solver" if "solver" in case["tool"] else "net"
    path = FOLDER / case["input"]
    if case["exit"] < 0:
        with pytest.raises(C2TError) as caught:
            read(kind, path)
        assert caught.value.span is not None
        return
    result = read(kind, path)
    type_name = "SolverParameter" if kind == "solver" else "NetParameter"
    assert result.message == schema.read(FOLDER / case["output"], type_name).message
    assert len(result.notes) == any("deprecated" in m for m in case["messages"])
    if kind == "net":
        problems = [m[3:] for m in case["messages"] if m.startswith("E: Unknown")]
        assert result.problems == problems
        assert bool(problems) == (case["exit"] == 1)
        assert len(result.origins) == len(result.message.layer)


def test_corpus(zoo: Path) -> None:
    compared = 0
    with (zoo / "index.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["bvlc_parses"] == "yes"]
    for row in rows:
        result = read(row["kind"], zoo / row["path"])
        upgraded = zoo / "upgraded" / f"{row['sha1']}.prototxt"
        if upgraded.exists():
            type_name = "SolverParameter" if row["kind"] == "solver" else "NetParameter"
            assert result.message == schema.read(upgraded, type_name).message, row["path"]
            compared += 1
    assert compared > 50


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        ("layers { type: RELU } layer { type: 'ReLU' }", GraphError, "the net has both `layer`"),
        ("layers { layer { type: 'conf' } }", SchemaError, '"conf" is not a layer type of the V0'),
        ("layers { bottom: 'x' layer { name: 'a' } }", GraphError, 'layer "a" reads "x", which no'),
        ("input: 'x' input_dim: 1 input_dim: 3", GraphError, "1 input need 4 input_dim, found 2"),
        ("input: 'x' input: 'y' input_shape {}", GraphError, "2 input but 1 input_shape"),
    ],
)  # fmt: skip
def test_what_cannot_be_upgraded(source: str, error: type[C2TError], message: str) -> None:
    with pytest.raises(error) as caught:
        upgrade.parse_net(source, "net.prototxt")
    assert caught.value.message.startswith(message)
    assert caught.value.span is not None


PADDED = """
input: 'data' input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8
layers { bottom: 'data' top: 'pad' layer { name: 'pad' type: 'padding' pad: 2 } }
layers { bottom: 'pad' top: 'c'
  layer { name: 'c' type: '%s' num_output: 4 kernelsize: 5 blobs_lr: 1 blobs_lr: 2 } }
"""


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


def test_places_in_old_layers() -> None:
    net = upgrade.parse_net(PADDED % "conv", "f")
    document = net.document
    assert document is not None
    for path, covers in [
        ("name", "name: 'c'"),
        ("convolution_param.kernel_size", "kernelsize: 5"),
        ("param[1].lr_mult", "blobs_lr: 2"),
        ("bottom", "bottom: 'pad'"),
    ]:
        span = net.span(1, path)
        assert span is not None
        assert document.text[span.start : span.end] == covers
    first = net.span(0)
    assert first is not None
    assert document.text[first.start : first.end] == "input: 'data'"


def test_places_in_v1_and_present_layers() -> None:
    source = "layers { name: 'd' type: DATA data_param { scale: 2 source: 's' } top: 'd' top: 'l' }"
    source += "\nlayers { name: 'i' type: INNER_PRODUCT bottom: 'd' top: 'i' weight_decay: 3 }"
    net = upgrade.parse_net(source, "f")
    assert net.message.layer[0].transform_param.scale == 2
    assert str(net.span(0, "transform_param.scale")) == "f:1:44"
    assert str(net.span(0, "data_param.backend")) == "f:1:31"
    assert str(net.span(0, "top[1]")) == "f:1:76"
    assert str(net.span(1, "param[0].decay_mult")) == "f:2:61"
    assert str(net.span(1, "inner_product_param.num_output")) == "f:2:1"
    assert str(net.span(None, "name")) == "f:1:1"


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


def test_a_message_is_upgraded_as_a_copy() -> None:
    old = pb.NetParameter(layers=[pb.V1LayerParameter(name="r", type=pb.V1LayerParameter.RELU)])
    net = upgrade.net_from_message(old)
    assert len(old.layers) == 1
    assert (net.message.layer[0].type, net.origins, net.span(0)) == ("ReLU", [None], None)


def test_solver_types_of_forks_are_refused() -> None:
    with pytest.raises(SolverError, match="solver_type SAG"):
        upgrade.parse_solver("solver_type: SAG")


def test_solver_places() -> None:
    solver = upgrade.parse_solver("net: 'x'\nsolver_type: ADAM", "s")
    assert solver.message.type == "Adam"
    assert str(solver.span("type")) == "s:2:1"
    assert str(solver.span("base_lr")) == "s:1:1"
