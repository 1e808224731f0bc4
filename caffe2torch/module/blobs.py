"""Parameters and what belongs to them, between torch's tensors and Caffe's arrays.

A ParamRef of the graph is the key throughout; what is shared stands under its owner.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from caffe2torch.errors import WeightsError
from caffe2torch.graph.model import Graph, Node, ParamRef

Array = np.ndarray[Any, Any]
ByRef = dict[int, Array]
"""id(ParamRef) -> array in Caffe's shape."""


def graph_of(net: nn.Module) -> Graph:
    """Return the graph that a module was built from."""
    graph = net.graph
    assert isinstance(graph, Graph)
    return graph


def submodule(net: nn.Module, node: Node) -> nn.Module:
    """Return the submodule that carries a node's parameters."""
    return net.get_submodule(node.module)


def tensors(net: nn.Module) -> dict[int, Tensor]:
    """Return id(ParamRef) -> the tensor that holds it, for the owners."""
    return {
        id(ref): tensor
        for node in graph_of(net).nodes
        for ref, tensor in zip(node.params, blob_tensors(net, node), strict=True)
        if ref.owner is None
    }


def blob_tensors(net: nn.Module, node: Node) -> list[Tensor]:
    """Return the tensors that a node's submodule holds, in caffemodel order."""
    return [blob_tensor(net, node, ref) for ref in node.params]


def blob_tensor(net: nn.Module, node: Node, ref: ParamRef) -> Tensor:
    """Return the tensor that a node's submodule holds for one of its blobs."""
    value: Any = submodule(net, node)
    for part in ref.key.split("."):
        value = getattr(value, part)
    tensor: Tensor = value
    return tensor


def assign_tensors(net: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Give a module the tensors of a state dict: as load_state_dict(assign=True), strictly.

    torch's own looks at all keys for each submodule, which takes a minute for 8,000 of them.
    """
    present = net.state_dict()
    fits = present.keys() == tensors.keys()
    if not fits or any(present[key].shape != tensors[key].shape for key in present):
        net.load_state_dict(tensors, assign=True)  # which says what does not fit
        return
    for path, value in tensors.items():
        name, _, key = path.rpartition(".")
        module = net.get_submodule(name)
        if key in module._parameters:
            trained = module._parameters[key]
            value = nn.Parameter(value, trained is not None and trained.requires_grad)
        setattr(module, key, value)


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
    values: dict[int, Tensor] = {}
    for node in graph.nodes:
        given = [np.asarray(arrays[id(ref.owner or ref)]).reshape(ref.shape) for ref in node.params]
        for ref, tensor in zip(node.params, to_torch(node, given), strict=True):
            if ref.owner is None:
                values[id(ref)] = tensor
    return values


def to_torch(node: Node, arrays: Sequence[Array]) -> list[Tensor]:
    """Return the inverse of `to_caffe`, as float32 tensors of their own."""
    values = node.layer.to_torch(node.site, list(arrays)) if arrays else []
    return [torch.from_numpy(np.array(value, np.float32)) for value in values]


def by_layer(graph: Graph, arrays: Mapping[int, Array]) -> dict[str, list[Array]]:
    """Return layer name -> its arrays, for the layers that have parameters."""
    return {n.name: [arrays[id(ref)] for ref in n.params] for n in graph.nodes if n.params}


def export_blobs(net: nn.Module) -> dict[str, list[Array]]:
    """Return layer name -> copies of its blobs as a caffemodel holds them, float32."""
    held = tensors(net)
    graph = graph_of(net)
    return by_layer(graph, all_to_caffe(graph, lambda ref: held[id(ref)].clone()))


def set_blobs(net: nn.Module, node: Node, arrays: Sequence[Array | None]) -> None:
    """Write parameter blobs of one layer; None leaves a blob as it is.

    arrays: in Caffe's shapes; shapes of equal count are reshaped.
    In a net that shares the layers of a train net, they go where Net::Init put the blob: into what
    only this net has, never into what is trained.
    Raises WeightsError when the number of blobs or a blob's size differs.
    """
    if len(arrays) != len(node.params):
        raise WeightsError(
            f'layer "{node.name}" ({node.type}) has {len(node.params)} blobs here and '
            f"{len(arrays)} in the weights"
        )
    places = [_place(net, node, ref) for ref in node.params]
    present = node.layer.to_caffe(node.site, [place.detach().cpu().numpy() for place in places])
    given = [old if new is None else new for old, new in zip(present, arrays, strict=True)]
    for ref, place, value in zip(node.params, places, to_torch(node, given), strict=True):
        if value.numel() != place.numel():
            raise WeightsError(
                f'layer "{node.name}" ({node.type}): blob {ref.index} ({ref.key}) has shape '
                f"{ref.shape} here and {tuple(value.shape)} in the weights"
            )
        with torch.no_grad():
            place.copy_(value.view(place.shape))


def _place(net: nn.Module, node: Node, ref: ParamRef) -> Tensor:
    """Return the tensor in which Net::Init put a blob, an unused one if nothing lies there now."""
    if ref.trained is None and ref.owner is None:
        return blob_tensor(net, node, ref)
    first = ref.first or ref
    for other in graph_of(net).nodes:
        for mate in other.params:
            if (mate.first or mate) is first and mate.trained is None and mate.owner is None:
                return blob_tensor(net, other, mate)
    return torch.empty(ref.shape)
