"""Weights between Caffe's blobs and the state dict of a converted net.

The keys of a state dict are LAYER.KEY, or those of the converted module (`convert.keys`). Blobs of
a folded BatchNorm are those of nn.BatchNorm.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from caffe2torch.convert.grouped import Source
from caffe2torch.convert.grouped.folding import fold
from caffe2torch.convert.grouped.steps import flow
from caffe2torch.convert.keys import by_layer, owners, paths_of
from caffe2torch.errors import WeightsError
from caffe2torch.graph.model import Graph, Node, ParamRef
from caffe2torch.module.blobs import graph_of
from caffe2torch.module.names import module_names

Array = np.ndarray[Any, Any]

ONE = "(one)"
"""Stands for the factor of a folded BatchNorm."""


def state(net: nn.Module, source: Source, keys: Iterable[str]) -> dict[str, Tensor]:
    """The state dict of a converted net from the built net of the same graph.

    keys: those of the converted module; its twins and folded layers have none of their own
    """
    folded, by_path = source.folded, owners(source.paths)
    graph = graph_of(net)
    names = dict(zip(map(id, graph.nodes), module_names(graph), strict=True))
    tensors = {key: value.detach() for key, value in net.state_dict().items()}
    for name, folding in folded.items():
        tensors |= _folded(tensors, name, names[id(folding.scale)] if folding.scale else name)
    return {key: tensors[by_layer(key, by_path)].clone() for key in keys}


def _folded(tensors: Mapping[str, Tensor], name: str, scale: str) -> dict[str, Tensor]:
    """What nn.BatchNorm holds: averages instead of sums, and the affine part."""
    factor = tensors[f"{name}.factor"]
    inverse = torch.where(factor.eq(0), 0.0, 1 / factor)
    out = {
        f"{name}.running_mean": tensors[f"{name}.mean"] * inverse,
        f"{name}.running_var": tensors[f"{name}.variance"] * inverse,
        f"{name}.num_batches_tracked": torch.tensor(0),
    }
    affine = {k: tensors[f"{scale}.{k}"] for k in ("weight", "bias") if f"{scale}.{k}" in tensors}
    return out | {f"{name}.{key}": value for key, value in affine.items()}


def blobs(graph: Graph, tensors: Mapping[str, Any], file: str) -> dict[str, list[Array]]:
    """Layer name -> arrays as a caffemodel holds them, from the state dict of a converted net.

    Layers that the state dict has nothing of are left out.
    Raises: WeightsError for a layer with some of its tensors, or with other sizes.
    """
    by_path = owners(paths_of(graph, tensors))
    given = {by_layer(key, by_path): value for key, value in tensors.items()}
    arrays_of: dict[int, Array] = {}
    out = {}
    for node, keys in _keys(graph, given):
        for ref in node.params:
            value = given.get(keys[ref.key], np.ones(1) if keys[ref.key] == ONE else None)
            if value is not None:
                arrays_of[id(ref)] = _fitted(node, ref, np.asarray(value, np.float32))
        arrays = [arrays_of.get(id(ref), arrays_of.get(id(ref.owner))) for ref in node.params]
        held = [array for array in arrays if array is not None]
        if held and len(held) < len(arrays):
            lost = [r.key for r, array in zip(node.params, arrays, strict=True) if array is None]
            raise WeightsError(f'{file} has no {", ".join(lost)} of layer "{node.name}"')
        if held:
            out[node.name] = list(node.layer.to_caffe(node.site, held))
    return out


def _keys(graph: Graph, given: Container[str]) -> Iterator[tuple[Node, dict[str, str]]]:
    """Each node and, by its own keys, those that the state dict has for them."""
    folded: dict[int, dict[str, str]] = {}
    for name, folding in fold(flow(graph), reading=True)[1].items():
        if f"{name}.running_mean" in given:
            affine = {key: f"{name}.{key}" for key in ("weight", "bias")}
            averages = {"mean": f"{name}.running_mean", "variance": f"{name}.running_var"}
            folded[id(folding.norm)] = {**averages, "factor": ONE, **affine}
            folded[id(folding.scale)] = affine
    for node, name in zip(graph.nodes, module_names(graph), strict=True):
        yield node, folded.get(id(node)) or {r.key: f"{name}.{r.key}" for r in node.params}


def _fitted(node: Node, ref: ParamRef, array: Array) -> Array:
    if array.size != ref.blob.count:
        raise WeightsError(
            f'layer "{node.name}" ({node.type}): {ref.key} has shape {array.shape}, '
            f"the net has {ref.shape}"
        )
    return array.reshape(ref.shape)
