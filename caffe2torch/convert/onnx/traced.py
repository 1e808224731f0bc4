"""One layer written by torch's exporter: for types that have no form of their own."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from torch import nn

from caffe2torch import caffe_pb2 as pb
from caffe2torch.convert.compare import inputs
from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.format.upgrade import net_from_message
from caffe2torch.graph import build_graph
from caffe2torch.module.build import build

TRACED_OPSET = 18
"""What torch's exporter writes by itself."""
BRANCHING = {"If", "Loop", "Scan"}
"""Operators that few engines have."""


def trace(x: Place, w: Writer, module: nn.Module) -> list[str]:
    """Write the operators of one layer; return the names of its tops.

    Raises: UnsupportedError if the exporter is missing, or cannot write it without branches.
    """
    if find_spec("onnxscript") is None:
        raise w.refuse(
            x, "torch's exporter, which could write it, needs the package onnxscript",
            'install it: pip install "caffe2torch[onnx]"; or ' + f"--end {x.node.bottoms[0]}",
        )  # fmt: skip
    try:
        model = _exported(x, module)
    except torch.onnx.OnnxExporterError as error:
        raise w.refuse(x, "ONNX has no operators for this type") from error
    kinds = {node.op_type for node in model.graph.node}
    if model.functions or kinds & BRANCHING or any("Sequence" in kind for kind in kinds):
        raise w.refuse(x, "ONNX has no operators for this type that every engine has")
    return _spliced(model.graph, x, w)


def _exported(x: Place, module: nn.Module) -> Any:
    """The model of the layer alone, with its weights."""
    message = pb.NetParameter(name="layer")
    message.state.phase = pb.TRAIN if x.site.train else pb.TEST
    for i, shape in enumerate(x.shapes):
        source = message.layer.add(name=f"in{i}", type="Input", top=[f"in{i}"])
        source.input_param.shape.add(dim=shape)
    layer = message.layer.add()
    layer.CopyFrom(x.param)
    layer.ClearField("include")
    layer.ClearField("exclude")
    layer.bottom[:] = [f"in{i}" for i in range(len(x.shapes))]
    layer.top[:] = [f"out{i}" for i in range(len(x.tops))]
    graph = build_graph(net_from_message(message))
    net = build(graph, share_with=module).eval()
    values = tuple(inputs(graph))
    names = [top for node in graph.sources for top in node.tops]
    with warnings.catch_warnings(), _quiet():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            net, values, input_names=names, output_names=list(layer.top), dynamo=True,
            verbose=False, opset_version=TRACED_OPSET,
        )  # fmt: skip
    assert program is not None
    return program.model_proto


def _spliced(graph: Any, x: Place, w: Writer) -> list[str]:
    """Put the operators of a graph into the writer, its values under names of their own."""
    from onnx import numpy_helper

    names = {f"in{i}": value for i, value in enumerate(x.bottoms)} | {"": ""}
    for one in graph.initializer:
        array = np.asarray(numpy_helper.to_array(one))
        names[one.name] = w.constant(array, array.dtype)
    for node in graph.node:
        for output in node.output:
            names[output] = w.name(f"{x.node.name}:{output}")
        node.input[:] = [names[name] for name in node.input]
        node.output[:] = [names[name] for name in node.output]
        node.name = f"{x.node.name}:{node.name}"
        node.doc_string = x.node.name
        del node.metadata_props[:]
        w.nodes.append(node)
    return [names[one.name] for one in graph.output]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Nothing on the terminal from the exporter, which talks in several ways."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        logging.disable(before)
