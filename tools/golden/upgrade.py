"""upgrade/: old files become exactly what Caffe's upgrade tools made of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from caffe2torch.errors import C2TError
from caffe2torch.format import schema, upgrade
from caffe2torch.graph import build_graph
from caffe2torch.module.blobs import export_blobs, set_blobs
from caffe2torch.module.build import build
from caffe2torch.weights import read_weights
from tools.golden.outcome import Outcome, load, reported


def check(folder: Path) -> Iterator[Outcome]:
    for case in json.loads((folder / "index.json").read_text())["cases"]:
        outcome = Outcome(case["name"])
        with reported(outcome):
            if case["kind"] == "load":
                _loaded(folder, case, outcome)
            elif case["exit"] < 0:
                _refused(folder, case, outcome)
            else:
                _upgraded(folder, case, outcome)
        yield outcome


def _read(folder: Path, case: dict[str, Any]) -> upgrade.Net | upgrade.Solver:
    path = str(folder / case["input"])
    if "solver" in case["tool"]:
        return upgrade.read_solver(path)
    return upgrade.read_net(path)


def _upgraded(folder: Path, case: dict[str, Any], outcome: Outcome) -> None:
    result = _read(folder, case)
    name = "SolverParameter" if "solver" in case["tool"] else "NetParameter"
    reference = schema.read(str(folder / case["output"]), name).message
    outcome.require(result.message == reference, "the upgraded message differs from Caffe's")
    again = schema.parse_message(schema.to_text(result.message), name, "upgraded")
    outcome.require(again.message == reference, "the message does not survive being written")
    if isinstance(result, upgrade.Net):
        outcome.require(bool(result.problems) == (case["exit"] == 1), f"exit {case['exit']}")


def _refused(folder: Path, case: dict[str, Any], outcome: Outcome) -> None:
    try:
        _read(folder, case)
    except C2TError as error:
        outcome.require(error.span is not None, f"no place: {error}")
    else:
        outcome.problems.append(f"accepted, but Caffe says: {case['messages'][-1][:120]}")


def _loaded(folder: Path, case: dict[str, Any], outcome: Outcome) -> None:
    net = build(build_graph(upgrade.read_net(str(folder / case["net"]))), seed=0)
    weights = read_weights(str(folder / case["weights"]))
    for node in net.graph.nodes:  # type: ignore[union-attr]
        if node.params and node.name in weights:
            set_blobs(net, node, weights[node.name])
    ours = export_blobs(net)
    for key, value in load(folder / case["npz"]).items():
        layer, _, index = key.rpartition(":")
        outcome.compare(key, ours[layer][int(index)], value)
