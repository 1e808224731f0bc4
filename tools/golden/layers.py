"""layers/: one layer a net, forward and backward against real Caffe."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from caffe2torch.format.upgrade import read_net
from caffe2torch.graph import build_graph
from caffe2torch.graph.model import Graph
from caffe2torch.module.blobs import blob_tensors, set_blobs
from caffe2torch.module.build import build, run
from caffe2torch.module.layout import NCHW, laid_out, lay_out_filters
from tools.golden.outcome import Array, Outcome, load, reported


def check(folder: Path, layout: str = NCHW) -> Iterator[Outcome]:
    """Compare every case; `layout` is that of inputs and filters in memory."""
    for case in json.loads((folder / "index.json").read_text())["cases"]:
        outcome = Outcome(case["name"])
        with reported(outcome):
            _Case(folder, case, outcome, layout).run()
        yield outcome


@dataclass
class _Case:
    folder: Path
    case: dict[str, Any]
    outcome: Outcome
    layout: str

    def run(self) -> None:
        self.z = load(self.folder / self.case["npz"])
        self.graph = build_graph(
            read_net(str(self.folder / self.case["prototxt"])), phase=self.case["phase"]
        )
        torch.manual_seed(0)
        self.net = build(self.graph, seed=0)
        if self.case["params_from_filler"]:
            self._compare_params("param", "")
        load_params(self.net, self.z, "param:")
        lay_out_filters(self.net, self.graph, self.layout)
        for step in range(1, self.case["forward_steps"] + 1):
            self._forward("" if step == 1 else f"@{step}")
        if self.case["backward"]:
            self.graph.require_backward()
            for _ in range(self.case["backward_times"]):
                self._backward()
            self._compare_gradients()

    def _forward(self, at: str) -> None:
        given = {k.split(":", 1)[1]: v for k, v in self.z.items() if k.startswith(f"in{at}:")}
        self.inputs = {
            top: self._given(top, given[top]) if top in given else source_value(self.graph, top)
            for node in self.graph.sources
            for top in node.tops
        }
        wanted = [k for k in self.z if k.startswith(f"out{at}:")]
        diffs = [k.split(":", 1)[1] for k in self.z if k.startswith("topdiff:")]
        names = list(dict.fromkeys([k.split(":", 1)[1] for k in wanted] + diffs))
        self.blobs = run(self.net, self.inputs, names)
        for key in wanted:
            blob = self.blobs[key.split(":", 1)[1]].detach().numpy()
            if self.case["random"]:
                self._compare_random(blob, self.z[key])
            else:
                self.outcome.compare(key, blob, self.z[key])
        self._compare_params("param_after", at)

    def _given(self, top: str, value: Array) -> torch.Tensor:
        """An input in the net's shape (the archive holds a scalar as one element)."""
        tensor = torch.from_numpy(np.array(value))
        if not self.graph.shapes[top]:
            tensor = tensor.reshape(())
        return laid_out(tensor, self.layout).requires_grad_(f"indiff:{top}" in self.z)

    def _compare_random(self, ours: Array, reference: Array) -> None:
        """A random mask: every value must be the one that Caffe would write, or the masked one."""
        self.outcome.require(ours.shape == reference.shape, "random: shapes differ")
        kept = (ours != 0) & (reference != 0)
        self.outcome.require(bool(kept.any()), "random: nothing is kept by both")
        self.outcome.compare("random: kept values", ours[kept], reference[kept])
        share = abs((ours != 0).mean() - (reference != 0).mean())
        self.outcome.require(share < 5 / np.sqrt(ours.size), "random: other share of kept values")

    def _compare_params(self, kind: str, at: str) -> None:
        for key, value in self.z.items():
            if key.startswith(f"{kind}{at}:"):
                _, layer, index = key.split(":")
                tensor = blob_tensors(self.net, self.graph.node(layer))[int(index)]
                self.outcome.compare(key, tensor.detach().numpy().reshape(value.shape), value)

    def _backward(self) -> None:
        pairs = [
            (self.blobs[key[8:]], torch.from_numpy(np.array(value)))
            for key, value in self.z.items()
            if key.startswith("topdiff:") and self.blobs[key[8:]].requires_grad
        ]
        for value in self.inputs.values():
            value.grad = None  # Caffe overwrites a blob's diff and adds up a parameter's
        tops = [blob for blob, _ in pairs]
        diffs = [diff.view_as(blob) for blob, diff in pairs]
        if tops:
            torch.autograd.backward(tops, diffs, retain_graph=True)

    def _compare_gradients(self) -> None:
        random = self.case["random"]
        for key, value in self.z.items():
            kind, _, name = key.partition(":")
            if kind == "indiff" and name not in self.case["not_differentiable"]:
                ours = gradient(self.inputs[name])
                reference = self._own_mask(name) if random else value
                self.outcome.compare(key, ours, reference)
            if kind == "paramdiff":
                self.outcome.compare(key, param_gradient(self.net, name), value)

    def _own_mask(self, name: str) -> Array:
        """The gradient that our own random mask must give."""
        top = self.case["tops"][0]
        kept = (self.blobs[top].detach().numpy() != 0) | (self.z[f"in:{name}"] == 0)
        with np.errstate(all="ignore"):
            factor = np.nanmax(self.z[f"out:{top}"] / self.z[f"in:{name}"])
        masked: Array = self.z[f"topdiff:{top}"] * kept * factor
        return masked


def load_params(net: nn.Module, z: dict[str, Array], prefix: str) -> None:
    """Write every `param:<layer>:<i>` of a golden archive into the net."""
    by_layer: dict[str, dict[int, Array]] = {}
    for key, value in z.items():
        if key.startswith(prefix):
            layer, _, index = key[len(prefix) :].rpartition(":")
            by_layer.setdefault(layer, {})[int(index)] = value
    for layer, blobs in by_layer.items():
        node = net.graph.node(layer)  # type: ignore[union-attr, operator]
        set_blobs(net, node, [blobs[i] for i in sorted(blobs)])


def gradient(tensor: torch.Tensor) -> Array | None:
    return None if tensor.grad is None else tensor.grad.numpy()


def param_gradient(net: nn.Module, name: str) -> Array | None:
    """Gradient of `<layer>:<i>` in Caffe's shape; None where nothing arrived."""
    graph: Graph = net.graph  # type: ignore[assignment]
    layer, _, index = name.rpartition(":")
    node = graph.node(layer)
    tensors = blob_tensors(net, node)
    ref = node.params[int(index)]
    if ref.owner is not None and ref.owner.shape != ref.shape:
        owner = graph.node(ref.owner.layer)
        tensors = blob_tensors(net, owner)
        return _caffe_shaped(tensors[ref.owner.index].grad, ref.shape)
    return _caffe_shaped(tensors[int(index)].grad, ref.shape)


def _caffe_shaped(grad: torch.Tensor | None, shape: tuple[int, ...]) -> Array | None:
    return None if grad is None else grad.numpy().reshape(shape)


def source_value(graph: Graph, top: str) -> torch.Tensor:
    """What a source that the case does not feed brings by itself (zeros for a fresh Input)."""
    node = next(node for node in graph.sources if top in node.tops)
    if node.type == "Input":
        return torch.zeros(graph.shapes[top])
    from caffe2torch.module.feed import open_feed

    feed = open_feed(graph)
    try:
        value: torch.Tensor = next(feed)[top]
        return value
    finally:
        feed.close()
