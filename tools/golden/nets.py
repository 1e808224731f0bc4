"""nets/: whole nets in several states: graph, blobs, loss, gradients, weights files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from caffe2torch.errors import C2TError
from caffe2torch.format.upgrade import Net, read_net
from caffe2torch.graph import build_graph
from caffe2torch.graph.filtering import net_state
from caffe2torch.graph.model import Graph
from caffe2torch.module.blobs import export_blobs, set_blobs
from caffe2torch.module.build import build, run, total_loss
from caffe2torch.module.layout import NCHW, laid_out, lay_out_filters
from caffe2torch.weights import read_weights
from tools.golden.layers import gradient, load_params, param_gradient
from tools.golden.outcome import Outcome, load, reported


def check(folder: Path, layout: str = NCHW) -> Iterator[Outcome]:
    """Compare every case; `layout` is that of inputs and filters in memory."""
    for case in json.loads((folder / "index.json").read_text())["cases"]:
        for run_ in case["runs"]:
            state = f"{run_['phase']} {run_['level']} {' '.join(run_['stages'])}"
            outcome = Outcome(f"{case['name']} {state} {run_.get('reshaped', '')}".strip())
            with reported(outcome):
                net = read_net(str(folder / case["prototxt"]))
                one = _Run(folder, net, run_, outcome, layout)
                one.refused() if "refused" in run_ else one.run()
            yield outcome


@dataclass
class _Run:
    folder: Path
    net: Net
    case: dict[str, Any]
    outcome: Outcome
    layout: str

    def run(self) -> None:
        self.z = load(self.folder / self.case["npz"])
        state = net_state(self.net, self.case["phase"], self.case["level"], self.case["stages"])
        shapes = {key[3:]: value.shape for key, value in self.z.items() if key.startswith("in:")}
        self.graph = build_graph(self.net, state)
        if not self.case.get("reshaped"):
            self._compare_graph(self.graph)
        self.module = build(self.graph, seed=0)
        load_params(self.module, self.z, "param:")
        lay_out_filters(self.module, self.graph, self.layout)
        reshaped = build_graph(self.net, state, input_shapes=shapes)
        self._compare_shapes(reshaped)
        if self.case.get("reshaped"):
            self._compare_graph(reshaped)
        self._forward(reshaped)
        for weights in self.case.get("weights", []):
            self._compare_weights(weights)

    def refused(self) -> None:
        """Another input shape that Caffe refuses: the built module must refuse it too."""
        state = net_state(self.net, self.case["phase"], self.case["level"], self.case["stages"])
        graph = build_graph(self.net, state)
        module = build(graph, seed=0)
        shapes = {**graph.shapes, **{k: tuple(v) for k, v in self.case["reshaped"].items()}}
        batch = next(iter(self.case["reshaped"].values()))[0]
        inputs = {blob: torch.ones((batch, *shapes[blob][1:])) for blob in graph.inputs}
        try:
            run(module, inputs, graph.outputs)
        except (RuntimeError, ValueError, C2TError):
            return
        self.outcome.problems.append(f"accepted, but Caffe says: {self.case['refused']}")

    def _compare_graph(self, graph: Graph) -> None:
        ours = [
            {
                "name": node.name,
                "type": node.type,
                "bottoms": node.bottoms,
                "tops": node.tops,
                "params": [list(ref.shape) for ref in node.params],
            }
            for node in graph.nodes
        ]
        for mine, theirs in zip(ours, self.case["graph"], strict=False):
            self.outcome.require(mine == theirs, f"graph: {mine}, Caffe has {theirs}")
        same = len(ours) == len(self.case["graph"])
        self.outcome.require(same, f"graph: {len(ours)} layers, not {len(self.case['graph'])}")
        self.outcome.require(graph.outputs == self.case["outputs"], f"outputs {graph.outputs}")
        weights = {k: np.float32(v) for k, v in graph.loss_weights.items()}
        wanted = {k: np.float32(v) for k, v in self.case["loss_weights"].items()}
        self.outcome.require(weights == wanted, f"loss weights {weights}")
        shared = {
            f"param:{node.name}:{ref.index}": f"param:{ref.owner.layer}:{ref.owner.index}"
            for node in graph.nodes
            for ref in node.params
            if ref.owner
        }
        self.outcome.require(shared == self.case["shared"], f"shared {shared}")

    def _compare_shapes(self, graph: Graph) -> None:
        for key, value in self.z.items():
            if key.startswith("blob:"):
                shape = graph.shapes.get(key[5:])
                self.outcome.require(shape == value.shape, f"{key}: {shape}, not {value.shape}")

    def _forward(self, graph: Graph) -> None:
        inputs = {
            key[3:]: laid_out(torch.from_numpy(np.array(value)), self.layout).requires_grad_(
                f"indiff:{key[3:]}" in self.z
            )
            for key, value in self.z.items()
            if key.startswith("in:")
        }
        wanted = [key[5:] for key in self.z if key.startswith("blob:")]
        blobs = run(self.module, inputs, [*wanted, *self.graph.loss_weights])
        for blob in wanted:
            value = blobs[blob].detach().numpy()
            self.outcome.compare(f"blob:{blob}", value, self.z[f"blob:{blob}"])
        self._compare_params("param_after:")
        if "loss" in self.z:
            loss = total_loss(self.module, blobs)
            reference = self.z["loss"].reshape(loss.shape)
            self.outcome.compare("loss", loss.detach().numpy(), reference)
            if self.case["backward"]:
                graph.require_backward()
                if loss.requires_grad:
                    loss.backward()
                self._compare_gradients(inputs)

    def _compare_params(self, prefix: str) -> None:
        ours = export_blobs(self.module)
        for key, value in self.z.items():
            if key.startswith(prefix):
                layer, _, index = key[len(prefix) :].rpartition(":")
                self.outcome.compare(key, ours[layer][int(index)], value)

    def _compare_gradients(self, inputs: dict[str, torch.Tensor]) -> None:
        for key, value in self.z.items():
            kind, _, name = key.partition(":")
            if kind == "indiff":
                self.outcome.compare(key, gradient(inputs[name]), value)
            if kind == "paramdiff":
                self.outcome.compare(key, param_gradient(self.module, name), value)

    def _compare_weights(self, file: str) -> None:
        """Loading the weights file must give the parameters before forward."""
        weights = read_weights(str(self.folder / file))
        fresh = build(self.graph, seed=1)
        for node in self.graph.nodes:
            if node.params and node.name in weights and not _all_shared(node):
                set_blobs(fresh, node, weights[node.name])
        self.module = fresh
        self._compare_params("param:")


def _all_shared(node: Any) -> bool:
    return all(ref.owner for ref in node.params)
