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


def test_a_message_is_upgraded_as_a_copy() -> None:
    old = pb.NetParameter(layers=[pb.V1LayerParameter(name="r", type=pb.V1LayerParameter.RELU)])
    net = upgrade.net_from_message(old)
    assert len(old.layers) == 1
    assert (net.message.layer[0].type, net.origins, net.span(0)) == ("ReLU", [None], None)


def test_solver_types_of_forks_are_refused() -> None:
    with pytest.raises(SolverError, match="solver_type SAG"):
        upgrade.parse_solver("solver_type: SAG")
