"""Writes a graph with its weights as one ONNX model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn

from caffe2torch import __version__
from caffe2torch.convert.onnx.dynamic import dimensions, variation
from caffe2torch.convert.onnx.forms import form, needs_form
from caffe2torch.convert.onnx.options import Options
from caffe2torch.convert.onnx.traced import TRACED_OPSET, trace
from caffe2torch.convert.onnx.writer import Array, Place, SizesError, Writer
from caffe2torch.errors import UnsupportedError
from caffe2torch.graph.model import Graph, Node
from caffe2torch.module.blobs import blob_tensors, submodule

SMALL = 1024
"""Constants of at most so many numbers take part in the inference of shapes."""


def onnx_model(graph: Graph, module: nn.Module, options: Options | None = None) -> Any:
    """The model of a graph; `module` is its flat torch module, which holds the weights.

    Values are called as the blobs that they are. A layer without a form is written by torch's
    exporter, for one size.
    Raises: UnsupportedError, naming layer and type, for what has no form in ONNX, and for a net
    that nothing leaves: losses of 2013's files have no tops.
    """
    if not graph.outputs:
        raise UnsupportedError(
            "ONNX needs an output, and nothing leaves this net",
            hint="say which blob is to leave it: --end BLOB",
        )
    options = options or Options()
    if options.dynamic is not None:
        return Written(graph, module, options).model()
    try:
        return Written(graph, module, replace(options, dynamic="batch")).model(asked=False)
    except SizesError:
        return Written(graph, module, replace(options, dynamic="none")).model()


class Written:
    """A graph on its way into a model; `values` maps each blob to the value that it is now."""

    def __init__(self, graph: Graph, module: nn.Module, options: Options) -> None:
        self.graph, self.module, self.options = graph, module, options
        traced = any(needs_form(node) and form(node) is None for node in graph.nodes)
        self.w = Writer(max(options.opset, TRACED_OPSET) if traced else options.opset)
        self.inputs = [top for node in graph.sources for top in node.tops]
        self.values = {blob: self.w.name(blob) for blob in self.inputs}
        self.names = {blob: blob for blob in self.inputs}
        self.w.ends = _ends(graph)
        self.positions = {id(node): i for i, node in enumerate(graph.nodes)}

    def model(self, asked: bool = True) -> Any:
        """Write every layer, then put the model together.

        asked: whether the user wants to vary what varies, or it is tried
        """
        graph = self.graph
        varied = variation(graph, self.options.dynamic or "none", asked)
        self._reserve()
        for i, node in enumerate(graph.nodes):
            if not node.layer.source:
                self._write(node, *varied.of(i, node))
        self._finish()
        return assemble(graph, self.w, dimensions(graph, varied), self._outputs(), self.options)

    def _reserve(self) -> None:
        """Keep the blobs' names free for the blobs."""
        w = self.w
        for node in self.graph.nodes:
            if not node.layer.source and not node.layer.silent:
                for top in node.tops:
                    if top not in self.names:
                        self.names[top] = w.name(top)

    def _write(self, node: Node, varying: Any, growing: Any) -> None:
        """Write one layer; every blob in the memory that it overwrites changes with it."""
        if node.layer.silent:
            for top in node.tops:
                self.values[top] = self.values[node.bottoms[0]]
            return
        self.w.begin(node.name)
        place = Place(
            node,
            [self.values[blob] for blob in node.bottoms],
            node.bottom_shapes,
            node.top_shapes,
            _weights(self.module, node),
            partial(_computed, node, self.module),
            varying,
            growing,
        )
        results = self._results(place)
        listed = [results] if isinstance(results, str) else list(results)
        for top, value in zip(node.tops, listed, strict=True):
            self._put(top, value, node, growing[node.tops.index(top)])

    def _results(self, place: Place) -> Any:
        writing = form(place.node)
        if writing is not None:
            return writing.write(place, self.w)
        if place.node.layer.stands_in:
            raise self.w.refuse(place, "ONNX has no operators for this type")
        if any(map(any, place.varying)):
            raise self.w.needs_sizes(place)
        return trace(place, self.w, self.module)

    def _put(self, top: str, value: str, node: Node, varies: tuple[bool, ...]) -> None:
        """Let a blob be a value and, where it was overwritten, all blobs of its memory."""
        self.values[top] = value
        memory = self.graph.memory
        position = self.positions[id(node)]
        if not memory.overwrites(position, top):
            return
        shape = self.graph.shapes[top]
        for other in memory.blobs(top):
            if other != top and other in self.values:
                wanted = self.graph.shapes[other]
                same = wanted == shape
                batch = varies[:1] == (True,)
                self.values[other] = value if same else self.w.reshape(value, wanted, batch)

    def _finish(self) -> None:
        """Call the values as the blobs that they are at the end, and drop what nothing reads."""
        w = self.w
        computed = {name for node in w.nodes for name in node.output}
        outputs = set(self.graph.outputs)
        renamed: dict[str, str] = {}
        ordered = sorted(self.names, key=lambda blob: blob not in outputs)
        for blob in ordered:
            value = self.values.get(blob, "")
            if blob not in self.inputs and value in computed and value not in renamed:
                renamed[value] = self.names[blob]
        for node in w.nodes:
            node.input[:] = [renamed.get(name, name) for name in node.input]
            node.output[:] = [renamed.get(name, name) for name in node.output]
        self.values = {blob: renamed.get(value, value) for blob, value in self.values.items()}

    def _outputs(self) -> list[str]:
        """Names of the outputs; a blob that is an input, too, leaves as NAME_out."""
        w, names = self.w, []
        for blob in self.graph.outputs:
            value, wanted = self.values[blob], self.names.get(blob, blob)
            if blob in self.inputs:
                wanted = w.name(f"{blob}_out")
            if value != wanted:
                w.begin(f"{blob}:output")
                w.op("Identity", value)
                w.nodes[-1].output[0] = wanted
            names.append(wanted)
        kept, needed = [], set(names)
        for node in reversed(w.nodes):
            if needed.intersection(node.output):
                needed.update(node.input)
                kept.append(node)
        w.nodes[:] = reversed(kept)
        return names


def _ends(graph: Graph) -> dict[str, str]:
    """The names in the file of the blobs that layers make, their copies by Split among them."""
    names: dict[str, str] = {}
    for node in graph.nodes:
        if node.type == "Split":
            names |= {
                top: names[blob] for blob in node.bottoms if blob in names for top in node.tops
            }
        elif not node.layer.source:
            names |= {top: top for top in node.tops}
    return names


def _weights(module: nn.Module, node: Node) -> dict[str, Array]:
    """The blobs of a layer by key, as the built torch module holds them."""
    if not node.blobs:
        return {}
    values = blob_tensors(module, node)
    return {
        key: value.detach().cpu().numpy() for key, value in zip(node.blobs, values, strict=True)
    }


def _computed(node: Node, module: nn.Module) -> list[Array]:
    """The tops of a layer whose values hang on the shapes of its bottoms alone."""
    zeros = [torch.zeros(shape) for shape in node.bottom_shapes]
    with torch.no_grad():
        result = submodule(module, node)(*zeros)
    return [value.numpy() for value in (result if isinstance(result, tuple) else (result,))]


def assemble(
    graph: Graph, w: Writer, inputs: Mapping[str, list[int | str]], outputs: list[str],
    options: Options,
) -> Any:  # fmt: skip
    """The model of what has been written, its shapes inferred and itself checked."""
    from onnx import checker, helper

    model = _skeleton(graph, w, inputs, outputs)
    if options.half:
        infos = [*model.graph.value_info, *model.graph.output, *model.graph.input]
        kinds = {one.name: one.type.tensor_type.elem_type for one in infos}
        kinds |= {one.name: one.data_type for one in model.graph.initializer}
        single = {n.name for n in graph.nodes if getattr(form(n), "FLOAT32", False)}
        from caffe2torch.convert.onnx.half import halve

        halve(w, kinds, single, outputs)
        model = _skeleton(graph, w, inputs, outputs)
    checker.check_model(model)
    large = [one.name for one in model.graph.input[len(inputs) :]]
    del model.graph.input[len(inputs) :]
    for name in large:
        array = w.constants[name]
        kind = helper.np_dtype_to_tensor_dtype(array.dtype)
        # filled in place: appending a tensor that is there already would copy it
        model.graph.initializer.add(
            name=name, data_type=kind, dims=array.shape, raw_data=array.tobytes()
        )
    return model


def _skeleton(
    graph: Graph, w: Writer, inputs: Mapping[str, list[int | str]], outputs: list[str]
) -> Any:
    """The model with its large constants as inputs behind its own, which costs no copies."""
    from onnx import TensorProto, helper, numpy_helper, shape_inference

    used = {name for node in w.nodes for name in node.input}
    arrays = {name: array for name, array in w.constants.items() if name in used}
    large = {name: array for name, array in arrays.items() if array.size > SMALL}
    infos = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, dims)
        for name, dims in inputs.items()
    ]
    body = helper.make_graph(
        w.nodes,
        graph.name or "net",
        [*infos, *(_info(name, array) for name, array in large.items())],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(a, name) for name, a in arrays.items() if name not in large],
    )
    model = helper.make_model(
        body,
        opset_imports=[helper.make_opsetid("", w.opset)],
        producer_name="caffe2torch",
        producer_version=__version__,
        ir_version=8 if w.opset < 19 else 10,
    )
    return shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)


def _info(name: str, array: Array) -> Any:
    from onnx import helper

    kind = helper.np_dtype_to_tensor_dtype(np.dtype(array.dtype))
    return helper.make_tensor_value_info(name, kind, array.shape)
