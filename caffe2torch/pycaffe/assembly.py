"""From a net file to blobs and steps, in the order in which Net::Init makes them.

Source: Caffe src/caffe/net.cpp (Net::Init, AppendTop, AppendParam, ShareWeights)
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch

from caffe2torch import caffe_pb2 as pb
from caffe2torch import fillers
from caffe2torch.data import feeds
from caffe2torch.format.upgrade import Net as NetFile
from caffe2torch.graph import build_graph
from caffe2torch.graph.builder import AUTOMATIC
from caffe2torch.graph.model import Graph, Node, ParamRef
from caffe2torch.layers import _python
from caffe2torch.layers.base import Blob as Declared
from caffe2torch.layers.base import Shape, Site
from caffe2torch.layers.python import Python as PythonType
from caffe2torch.module.feed import Feed, open_feed
from caffe2torch.module.heap import keep_memory
from caffe2torch.module.limits import check_layers, check_memory
from caffe2torch.pycaffe import memory_steps, source_steps, steps
from caffe2torch.pycaffe.blob import Blob
from caffe2torch.pycaffe.python_layer import make_layer
from caffe2torch.pycaffe.running import find_joined
from caffe2torch.pycaffe.source import Scope


@dataclass
class Assembly:
    """A net ready to run.

    names, blobs: every blob in Caffe's order, those of Split layers and unnamed ones included
    bottoms, tops: for each step the indices of its blobs
    loss_weights: one a blob
    callbacks: functions of a layer's position, by when they are called
    engine: what runs the net whole, once it has been asked for
    joined: what runs two layers in one pass, by the position of the first
    feed: of the layers that read records, None if there are none
    """

    graph: Graph
    names: list[str] = field(default_factory=list)
    blobs: list[Blob] = field(default_factory=list)
    loss_weights: list[float] = field(default_factory=list)
    bottoms: list[list[int]] = field(default_factory=list)
    tops: list[list[int]] = field(default_factory=list)
    steps: list[steps.Step] = field(default_factory=list)
    feed: Feed | None = None
    callbacks: dict[str, list[Callable[[int], Any]]] = field(default_factory=dict)
    joined: dict[int, Any] = field(default_factory=dict)
    engine: Any = None

    def params(self) -> dict[str, list[Blob]]:
        """Return the parameters of the layers that have some, by layer."""
        return {step.node.name: list(step.blobs) for step in self.steps if step.blobs}

    def learnable(self) -> list[tuple[Blob, float, float]]:
        """Return parameters with lr_mult and decay_mult, in Caffe's order, shared ones once."""
        return [
            (blob, ref.lr_mult, ref.decay_mult)
            for step in self.steps
            for ref, blob in zip(step.node.params, step.blobs, strict=True)
            if ref.owner is None
        ]


class PythonHost:
    """Sets up the user's Python layers on the net's own blobs while the net is wired."""

    def __init__(self) -> None:
        self.blobs: dict[str, Blob] = {}
        self.layers: list[Any] = []

    def finds(self, module: str) -> bool:
        """Whether a module can be imported."""
        try:
            return module in sys.modules or find_spec(module) is not None
        except (ImportError, ValueError):
            return False

    def shapes(self, x: Site) -> list[Shape]:
        """Make the layer, run its setup and reshape, and return the shapes of its tops."""
        bottoms = [
            self.blobs.setdefault(n, Blob(s))
            for n, s in zip(x.bottom_names, x.bottoms, strict=True)
        ]
        for blob, shape in zip(bottoms, x.bottoms, strict=True):
            blob.resize(shape)
        tops = [self.blobs.setdefault(name, Blob()) for name in x.top_names]
        layer = make_layer(x.param, x.train)
        self.layers.append(layer)
        layer.setup(bottoms, tops)
        layer.reshape(bottoms, tops)
        return [top.shape for top in tops]

    def declared(self) -> dict[str, Declared]:
        """Return the parameters of the layer that was set up last."""
        return {f"blob{i}": Declared(blob.shape) for i, blob in enumerate(self.layers[-1].blobs)}


def assemble(net: NetFile, state: pb.NetState) -> Assembly:
    """Wire a net in a state and make its blobs, parameters and steps.

    Raises: C2TError for what Caffe stops at; whatever the setup of a Python layer raises.
    """
    keep_memory()
    host = PythonHost()
    with _python.hosted(host):
        graph = build_graph(net, state)
    check_layers(graph)
    check_memory(graph, "run")
    assembly = Assembly(graph)
    _append_blobs(assembly, host)
    _Maker(assembly, host).run()
    assembly.joined = find_joined(assembly.steps)
    return assembly


def _append_blobs(assembly: Assembly, host: PythonHost) -> None:
    """Number the blobs as they appear; a top that is there already is in place."""
    index: dict[str, int] = {}
    for node in assembly.graph.nodes:
        assembly.bottoms.append([index[name] for name in node.bottoms])
        ids = []
        for name, shape in zip(node.tops, node.top_shapes, strict=True):
            if name == AUTOMATIC or name not in index:
                index[name] = len(assembly.names)
                assembly.names.append(name)
                assembly.blobs.append(host.blobs.get(name) or Blob(shape))
                assembly.loss_weights.append(0.0)
            assembly.blobs[index[name]].resize(tuple(shape))
            ids.append(index[name])
        assembly.tops.append(ids)
        for i, weight in zip(ids, node.loss_weights, strict=True):
            assembly.loss_weights[i] = weight


class _Maker:
    """Makes the steps of an assembly, and their parameters."""

    def __init__(self, assembly: Assembly, host: PythonHost) -> None:
        self.assembly, self.layers = assembly, iter(host.layers)
        self.scope = Scope()
        self.lates, self.rereads, self.takers = steps.overwritten(assembly.graph)
        self.params: dict[int, Blob] = {}
        self.frozen = not any(node.need_backward for node in assembly.graph.nodes)

    def run(self) -> None:
        graph, blobs = self.assembly.graph, self.assembly.blobs
        shapes = _shapes_seen(graph)
        for i, node in enumerate(graph.nodes):
            bottoms = [blobs[k] for k in self.assembly.bottoms[i]]
            tops = [blobs[k] for k in self.assembly.tops[i]]
            step = self._step(i, node, bottoms, tops)
            step.shapes = shapes[i]
            if isinstance(step, memory_steps.ReshapeStep):
                step.reshape()
            for top, weight in zip(tops, node.loss_weights, strict=True):
                if weight:  # Layer::SetLossWeights, once Reshape has shared the memory
                    top.diff[...] = weight
            self.assembly.steps.append(step)
            if node.params:
                self._attach(step, node)

    def _step(self, i: int, node: Node, bottoms: list[Blob], tops: list[Blob]) -> steps.Step:
        if isinstance(node.layer, PythonType):
            return steps.PythonStep(node, bottoms, tops, next(self.layers))
        plain = {
            "Input": source_steps.InputStep,
            "DummyData": source_steps.DummyStep,
            "MemoryData": source_steps.MemoryDataStep,
            "Silence": memory_steps.SilenceStep,
            "Parameter": memory_steps.ParameterStep,
        }
        if node.type in plain:
            return plain[node.type](node, bottoms, tops)
        kind = memory_steps.sharing(node)
        if kind is not None:
            return kind(node, bottoms, tops)
        if node.layer.source:
            return self._feed_step(node, bottoms, tops)
        late, rereads, taker = self.lates.get(i), i in self.rereads, i in self.takers
        return steps.TorchStep(node, bottoms, tops, self.scope, late, self.frozen, rereads, taker)

    def _feed_step(self, node: Node, bottoms: list[Blob], tops: list[Blob]) -> steps.Step:
        if not feeds.known(feeds.name_of(node.param)):
            return source_steps.InputStep(node, bottoms, tops)
        if self.assembly.feed is None:
            seed = int(torch.randint(2**62, ()))
            self.assembly.feed = open_feed(self.assembly.graph, seed)
        feed = self.assembly.feed
        return source_steps.FeedStep(node, bottoms, tops, lambda: feed.batch_of(node))

    def _attach(self, step: Any, node: Node) -> None:
        given = list(step.blobs)
        for i, ref in enumerate(node.params):
            self.params[id(ref)] = self._param(
                ref, given[i] if given else Blob(ref.shape), bool(given)
            )
        if not given:
            step.attach([self.params[id(ref)] for ref in node.params])

    def _param(self, ref: ParamRef, blob: Blob, filled: bool) -> Blob:
        """Give a parameter its memory: its owner's, or its own with the filler's values."""
        if ref.owner is not None:
            blob.share_data(self.params[id(ref.owner)])
            blob.share_diff(self.params[id(ref.owner)])
        elif not filled:
            values = torch.from_numpy(np.empty(ref.shape, np.float32))  # in huge pages: 20 %
            fillers.fill(values, ref.blob.filler, torch.default_generator)
            blob.put(values)
        return blob


def _shapes_seen(graph: Graph) -> list[list[Shape]]:
    return [[tuple(shape) for shape in node.bottom_shapes] for node in graph.nodes]
