"""Whole passes of a TEST net by ONNX Runtime, of which a program reads only the outputs.

Weights are part of the session. It is made anew when a program has looked at a weight since, which
it may have changed, and is not used while somebody holds a view of one. Other blobs are computed
when they are read, layer by layer up to the one that gives them, from the inputs as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from caffe2torch.convert.onnx.model import onnx_model
from caffe2torch.convert.onnx.options import Options
from caffe2torch.convert.runtimes.onnxruntime import session_of
from caffe2torch.errors import UnsupportedError
from caffe2torch.graph import build_graph
from caffe2torch.module.blobs import set_blobs
from caffe2torch.module.build import build
from caffe2torch.pycaffe import settings
from caffe2torch.pycaffe.steps import PythonStep, Step

if TYPE_CHECKING:
    from caffe2torch.graph.model import Graph
    from caffe2torch.pycaffe.blob import Array, Blob

Key = tuple[Any, ...]


class Whole:
    """Runs a net whole, and finishes a pass layer by layer where a program wants to see more.

    finish: runs the steps from the first to that of a position, as the exact engine does
    """

    def __init__(self, graph: Graph, steps: list[Step], finish: Callable[[int], Any]) -> None:
        self.graph, self.steps, self.finish = graph, steps, finish
        blobs = {n: b for s in steps for n, b in zip(s.node.tops, s.tops, strict=True)}
        self.inputs = [blobs[name] for name in graph.inputs]
        self.outputs = [blobs[name] for name in graph.outputs]
        ends = {id(blob) for blob in (*self.inputs, *self.outputs)}
        self.between = [blob for blob in blobs.values() if id(blob) not in ends]
        self.last = {id(top): i for i, step in enumerate(steps) for top in step.tops}
        self.params = [blob for step in steps for blob in step.blobs]
        self.key: Key = ()
        self.session: Any = None
        self.refused = False
        self.given: list[Array] = []

    @property
    def able(self) -> bool:
        """Whether nothing but inputs and outputs of the net can matter."""
        if self.graph.train or not self.outputs or self.refused:
            return False
        for step in self.steps:
            other_source = step.node.layer.source and step.type != "Input"
            if step.node.need_backward or other_source or isinstance(step, PythonStep):
                return False
        return not any(blob.data_memory.leased() for blob in self.params)

    def run(self) -> bool:
        """Compute the outputs; False, with a warning, if ONNX cannot say what a layer does."""
        for step in self.steps:
            step.reshape()
        shapes = [blob.shape for blob in self.inputs]
        key = (*shapes, *((id(b.data_memory), b.data_memory.looks) for b in self.params))
        if self.session is None or key != self.key:
            try:
                self.session, self.key = self._session(shapes), key
            except UnsupportedError as error:
                self.refused = True
                settings.log(f"{error.message}: this net runs layer by layer", "W")
                return False
        self.given = [blob.tensor().numpy().copy() for blob in self.inputs]
        wanted = {one.name for one in self.session.get_inputs()}
        pairs = zip(self.graph.inputs, self.given, strict=True)
        values = self.session.run(None, {n: array for n, array in pairs if n in wanted})
        for blob, value in zip(self.outputs, values, strict=True):
            blob.put(torch.from_numpy(np.asarray(value, order="C")))
        self._wait(self.between)
        return True

    def _wait(self, blobs: Sequence[Blob]) -> None:
        """Let blobs be computed when they are read, and all of them before a weight may change."""
        for blob in blobs:
            blob.late = partial(self.complete, self.last[id(blob)])
        for blob in self.params if blobs else ():
            blob.late = self.complete

    def _session(self, shapes: list[tuple[int, ...]]) -> Any:
        graph = build_graph(
            self.graph.net,
            self.graph.filtered.state,
            input_shapes=dict(zip(self.graph.inputs, shapes, strict=True)),
        )
        module = build(graph, returns=graph.outputs)
        for node, step in zip(graph.nodes, self.steps, strict=True):
            if step.blobs:
                arrays = [blob.tensor().numpy() for blob in step.blobs]
                set_blobs(module, node, arrays)
        model = onnx_model(graph, module, Options(dynamic="none"))
        return session_of(model.SerializeToString())

    def complete(self, end: int | None = None) -> None:
        """Compute the blobs of the last pass that the layers up to a position give.

        Inputs, outputs, and what has been computed before, keep what they hold now.
        end: the position, by default the last
        """
        end = len(self.steps) - 1 if end is None else end
        waiting = {id(blob) for blob in self.between if blob.late is not None}
        if not self.forget():
            return
        later = [b for b in self.between if id(b) in waiting and self.last[id(b)] > end]
        there = [*self.inputs, *self.outputs, *(b for b in self.between if id(b) not in waiting)]
        kept = [blob.tensor().clone() for blob in there]
        for blob, array in zip(self.inputs, self.given, strict=True):
            blob.put(torch.from_numpy(array.copy()))
        self.finish(end)
        for blob, values in zip(there, kept, strict=True):
            blob.put(values)
        self._wait(later)

    def forget(self) -> bool:
        """Drop what has not been computed; return whether there was something."""
        waiting = any(blob.late is not None for blob in self.between)
        for blob in (*self.between, *self.params):
            blob.late = None
        return waiting
