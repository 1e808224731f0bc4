"""Parameters and what belongs to them, between torch's tensors and Caffe's arrays.

A ParamRef of the graph is the key throughout; what is shared stands under its owner.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from caffe2torch.graph import Graph, Node, ParamRef
from caffe2torch.module.build import blob_tensors, graph_of

Array = np.ndarray[Any, Any]
ByRef = dict[int, Array]
"""id(ParamRef) -> array in Caffe's shape."""


def tensors(net: nn.Module) -> dict[int, Tensor]:
    """Return id(ParamRef) -> the tensor that holds it, for the owners."""
    return {
        id(ref): tensor
        for node in graph_of(net).nodes
        for ref, tensor in zip(node.params, blob_tensors(net, node), strict=True)
        if ref.owner is None
    }


def to_caffe(node: Node, value: Callable[[ParamRef], Tensor]) -> list[Array]:
    """Return an array for each blob of a layer, made from a tensor laid out as its parameter."""
    arrays = [
        value(ref.owner or ref).detach().cpu().float().numpy().reshape(ref.shape)
        for ref in node.params
    ]
    return list(node.layer.to_caffe(node.site, arrays)) if arrays else []


def all_to_caffe(graph: Graph, value: Callable[[ParamRef], Tensor]) -> ByRef:
    """Return what `to_caffe` gives for every parameter of a net."""
    return {
        id(ref): array
        for node in graph.nodes
        for ref, array in zip(node.params, to_caffe(node, value), strict=True)
    }


def all_to_torch(graph: Graph, arrays: Mapping[int, Array]) -> dict[int, Tensor]:
    """Return the inverse of `all_to_caffe`, for the owners; arrays may have other shapes."""
    found: dict[int, Tensor] = {}
    for node in graph.nodes:
        given = [np.asarray(arrays[id(ref.owner or ref)]).reshape(ref.shape) for ref in node.params]
        values = node.layer.to_torch(node.site, given) if given else []
        for ref, value in zip(node.params, values, strict=True):
            if ref.owner is None:
                found[id(ref)] = torch.from_numpy(np.array(value, np.float32))
    return found


def by_layer(graph: Graph, arrays: Mapping[int, Array]) -> dict[str, list[Array]]:
    """Return layer name -> its arrays, for the layers that have parameters."""
    return {n.name: [arrays[id(ref)] for ref in n.params] for n in graph.nodes if n.params}
