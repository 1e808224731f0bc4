"""A model compared around its choices: what enters a choice, the choice by itself, what follows.

Layers that choose by rank (suppression, TopK, ArgMax) turn a difference in the last digit into
other rows: of scores that are equal but for rounding another one comes first. An engine is right
if it computes each part right from the graph's values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from caffe2torch.convert.conversion import Conversion, forget
from caffe2torch.convert.onnx.distance import distance, matched
from caffe2torch.convert.onnx.forms import form, needs_form
from caffe2torch.convert.onnx.padded import tables, unpadded
from caffe2torch.convert.onnx.section import section
from caffe2torch.convert.runtimes import Run
from caffe2torch.graph.model import Graph, Node
from caffe2torch.module import build

if TYPE_CHECKING:
    from onnx import ModelProto


@dataclass(frozen=True)
class Part:
    """A part of a model: the values that enter it, and those that leave it."""

    inputs: Sequence[str]
    outputs: Sequence[str]


def choices(graph: Graph) -> list[Node]:
    """The layers that choose by rank."""
    return [
        node for node in graph.nodes if needs_form(node) and getattr(form(node), "CHOOSES", False)
    ]


def parts(model: ModelProto, graph: Graph) -> Iterator[Part]:
    """The model without its choices, then each of these."""
    written = {name for node in model.graph.node for name in node.output}
    copies = {
        top: node.bottoms[0] for node in graph.nodes if node.type == "Split" for top in node.tops
    }
    nodes = choices(graph)
    chosen = [top for node in nodes for top in node.tops]
    entering = {
        node.name: [
            blob for bottom in node.bottoms if (blob := copies.get(bottom, bottom)) in written
        ]
        for node in nodes
    }
    ends = [blob for blob in graph.outputs if blob in written]
    wanted = dict.fromkeys([*ends, *(blob for blobs in entering.values() for blob in blobs)])
    yield Part(chosen, [blob for blob in wanted if blob not in chosen])
    for node in nodes:
        yield Part(entering[node.name], [top for top in node.tops if top in written])


def gap_of_parts(
    model: ModelProto, subject: Conversion, load: Callable[[bytes], Run], inputs: dict[str, Tensor]
) -> float:
    """The largest difference of any part, as a share of the largest value; infinite for none.

    load: of an engine, as in convert/runtimes
    Raises: whatever the engine raises
    """
    graph = subject.graph
    listed = [part for part in parts(model, graph) if part.outputs]
    blobs = list(dict.fromkeys(blob for part in listed for blob in (*part.inputs, *part.outputs)))
    forget(subject.built)
    with torch.no_grad():
        given = {blob: value.clone() for blob, value in inputs.items()}
        values = inputs | build.run(subject.built, given, blobs)
    arrays = {blob: value.numpy() for blob, value in values.items()}
    expected = unpadded(graph, values)
    gaps = [float("inf")] if len(listed) < 2 else []
    for part in listed:
        run = load(section(model, part.outputs, part.inputs))
        results = unpadded(
            graph, dict(zip(part.outputs, map(torch.as_tensor, run(arrays)), strict=True))
        )
        for blob, result in results.items():
            value, wanted = result.numpy(), expected[blob].numpy()
            value = matched(value, wanted) if blob in tables(graph) else value
            gaps.append(distance(value, wanted))
    return max(gaps)
