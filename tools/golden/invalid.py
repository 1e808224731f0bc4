"""invalid/: what Caffe refuses must be refused, naming the layer, at a position."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from caffe2torch.errors import C2TError
from caffe2torch.format.upgrade import read_net, read_solver
from caffe2torch.graph import build_graph
from caffe2torch.graph.model import Graph
from caffe2torch.module.build import build, run, total_loss
from tools.golden.outcome import Outcome, reported

# What only Caffe's GPU code has, its CPU code refuses with these words; here it runs on both.
BEYOND = "Not Implemented Yet"


def check(folder: Path) -> Iterator[Outcome]:
    index = json.loads((folder / "index.json").read_text())
    for case in index["cases"]:
        yield _refused(case)
    for case in index["accepted"]:
        outcome = Outcome(f"accepted/{case['name']}")
        with reported(outcome):
            build(build_graph(read_net(case["prototxt"])))
        yield outcome


def _refused(case: dict[str, Any]) -> Outcome:
    outcome = Outcome(case["name"])
    try:
        _attempt(case)
    except C2TError as error:
        text = str(error)
        if "unknown layer type" in text and "unknown_layer_type" not in case["name"]:
            outcome.waits = text.split('"')[-2]
            outcome.problems.append(text)
        outcome.require(error.span is not None or case["prototxt"] in text, f"no place: {text}")
    except ValueError as error:
        # an emitted layer refuses values with a ValueError that begins with the layer's type
        known = case["action"] == "forward" and str(error).partition(":")[0].isidentifier()
        outcome.require(known, f"ValueError: {error}")
    except NotImplementedError as error:
        outcome.waits = str(error)
        outcome.problems.append(f"waits: {error}")
    except Exception as error:
        outcome.problems.append(f"{type(error).__name__} instead of an error message: {error}")
    else:
        if case["action"] == "forward" and case["message"] == BEYOND:
            return outcome
        outcome.problems.append(f"accepted, but Caffe says: {case['message'][:120]}")
    return outcome


def _attempt(case: dict[str, Any]) -> None:
    if case["kind"] == "solver":
        _solve(case["prototxt"])
        return
    graph = build_graph(read_net(case["prototxt"]))
    net = build(graph, seed=0)
    if case["action"] == "load":
        return
    # 4 is out of range where indices are read; a backward refusal needs a forward that works
    blobs = _forward(graph, net, 4.0 if case["action"] == "forward" else 0.0)
    if case["action"] == "backward":
        graph.require_backward()
        total_loss(net, blobs).backward()


def _forward(graph: Graph, net: torch.nn.Module, value: float) -> dict[str, torch.Tensor]:
    inputs = {
        top: torch.full(graph.shapes[top], value)
        for node in graph.sources
        for top in node.tops
        if node.type == "Input"
    }
    if len(inputs) < sum(len(node.tops) for node in graph.sources):
        from caffe2torch.module.feed import open_feed

        feed = open_feed(graph)
        try:
            for _ in range(4):
                inputs.update(next(feed))
        finally:
            feed.close()
    return run(net, inputs, [*graph.outputs, *graph.loss_weights])


def _solve(path: str) -> None:
    from caffe2torch.train.solver import Solver

    before = set(Path().iterdir())
    solver = Solver(read_solver(path))
    try:
        solver.solve()
    finally:
        for left in set(Path().iterdir()) - before:
            left.unlink()
