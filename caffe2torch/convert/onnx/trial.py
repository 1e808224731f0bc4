"""Values to try a model on, of the sizes that it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from caffe2torch.convert.conversion import Conversion
from caffe2torch.convert.onnx.padded import unpadded


def trial(model: Any, conversion: Conversion) -> tuple[dict[str, Tensor], Mapping[str, Tensor]]:
    """Inputs by blob, and the graph's outputs for them without rows that stand for nothing.

    The conversion takes a few items where the model takes any number, else as many as the net is
    written for.
    """
    graph = conversion.graph
    tops = [top for node in graph.sources for top in node.tops]
    sizes = {one.name: one.type.tensor_type.shape.dim for one in model.graph.input}
    values = dict(zip(tops, conversion.inputs, strict=True))
    if not all(_takes(sizes[name], value) for name, value in values.items() if name in sizes):
        conversion.take_whole()
        values = dict(zip(tops, conversion.inputs, strict=True))
    return values, unpadded(graph, conversion.expected)


def _takes(sizes: Any, value: Tensor) -> bool:
    """Whether a value has the sizes of an input; a size with a name is any."""
    pairs = zip(sizes, value.shape, strict=True)
    return all(size.dim_param or size.dim_value == n for size, n in pairs)
