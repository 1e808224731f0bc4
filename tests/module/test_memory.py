"""Nets whose blobs share memory, against the numbers of real Caffe.

memory/ holds random small nets in which layers in place overwrite tops of Flatten, Reshape, Split,
Slice, Concat, Parameter and DummyData, with other readers in front and behind, and what Caffe 1.0
computed in two passes (tools/record_memory.py).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from caffe2torch.format.upgrade import read_net
from caffe2torch.graph import build_graph
from caffe2torch.graph.model import Graph
from caffe2torch.module.blobs import export_blobs, set_blobs, tensors
from caffe2torch.module.build import build, run, total_loss

FOLDER = Path(__file__).parent / "memory"
NETS = sorted(FOLDER.glob("*.prototxt"))
Record = dict[str, np.ndarray[Any, Any]]


@pytest.fixture(scope="module")
def records() -> Record:
    with np.load(FOLDER / "records.npz") as file:
        values, index = file["values"], json.loads(str(file["index"]))
    ends = np.cumsum([int(np.prod(shape)) for _, shape in index])[:-1]
    parts = np.split(values, ends)
    return {name: part.reshape(shape) for (name, shape), part in zip(index, parts, strict=True)}


def recorded(records: Record, net: str, number: int, name: str) -> np.ndarray[Any, Any]:
    """An array of a pass; what did not change is that of the pass before."""
    keys = [f"{net}/1/{name}"] * (number == 1) + [f"{net}/0/{name}", f"{net}/{name}"]
    return next(records[key] for key in keys if key in records)


def assert_equal(found: Any, wanted: np.ndarray[Any, Any], what: str, scale: float = 0.1) -> None:
    """Equal up to float32's rounding, by the size of the largest value.

    scale: of what the values are sums of: behind BatchNorm gradients all but cancel.
    """
    atol = max(1e-5 * scale, 1e-4 * float(np.abs(wanted).max(initial=0)))
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=atol, err_msg=what)


def largest_diff(records: Record, net: str) -> float:
    names = (name for name in records if name.startswith(f"{net}/0/diff/"))
    return max(float(np.abs(records[name]).max(initial=0)) for name in names)


def inputs_of(graph: Graph, records: Record, net: str) -> dict[str, Tensor]:
    values = {}
    for node in graph.sources:
        for top, shape in zip(node.tops, node.top_shapes, strict=True):
            if node.type == "Input":
                values[top] = torch.from_numpy(records[f"{net}/in/{top}"].copy())
            else:
                values[top] = torch.full(shape, node.param.dummy_data_param.data_filler[0].value)
    return values


def load(net: nn.Module, graph: Graph, records: Record, name: str) -> None:
    for node in graph.nodes:
        if node.params:
            arrays = [records[f"{name}/param/{node.name}/{i}"] for i in range(len(node.params))]
            set_blobs(net, node, arrays)


@pytest.mark.parametrize("path", NETS, ids=lambda path: path.stem)
def test_as_caffe(path: Path, records: Record) -> None:
    graph = build_graph(read_net(path), phase="TRAIN")
    net = build(graph, seed=0)
    load(net, graph, records, path.stem)
    inputs, held = inputs_of(graph, records, path.stem), tensors(net)
    names = [blob for blob in graph.shapes if "_split_" not in blob]
    for number in range(2):
        net.zero_grad()
        blobs = run(net, inputs, names)
        for name in names:
            wanted = recorded(records, path.stem, number, f"blob/{name}")
            assert_equal(blobs[name].detach(), wanted, f"pass {number}, blob {name}")
        total_loss(net, blobs).backward()
        scale = largest_diff(records, path.stem)
        exported = export_blobs(net)
        for node in graph.nodes:
            for i, ref in enumerate(node.params):
                what = f"{node.name}/{i}"
                wanted = recorded(records, path.stem, number, f"diff/{what}")
                grad = held[id(ref)].grad
                found = np.zeros_like(wanted) if grad is None else grad
                assert_equal(found, wanted, f"pass {number}, diff {what}", scale)
                wanted = recorded(records, path.stem, number, f"param/{what}")
                assert_equal(exported[node.name][i], wanted, f"pass {number}, param {what}")


def test_the_nets_are_about_shared_memory() -> None:
    """Most of them hold a reader that sees other values than the blobs' names suggest."""
    graphs = [build_graph(read_net(path), phase="TRAIN") for path in NETS]
    surprising = [g for g in graphs if any(map(g.memory.surprises, range(len(g.nodes))))]
    assert len(graphs) >= 60
    assert len(surprising) >= 40
