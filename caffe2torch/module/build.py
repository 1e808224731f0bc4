"""From a graph to a torch module, by executing the source that `emit` writes for it.

The source is kept in `linecache`, so that tracebacks show the emitted line, debuggers step
through it, `inspect.getsource` prints it and `torch.compile` reads it.

Parameters and what belongs to them, between torch's tensors and Caffe's arrays.

A ParamRef of the graph is the key throughout; what is shared stands under its owner.
"""

from __future__ import annotations

import hashlib
import linecache
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from caffe2torch import fillers
from caffe2torch.errors import WeightsError
from caffe2torch.graph.model import Graph, Node, ParamRef
from caffe2torch.module.emit import emit, emit_forward
from caffe2torch.module.names import class_name, module_names


def build(
    graph: Graph,
    *,
    share_with: nn.Module | None = None,
    seed: int | None = None,
    returns: Sequence[str] | None = None,
    join: bool = False,
) -> nn.Module:
    """The torch module of a graph, in train or eval mode as the graph's phase says.

    share_with: a module built from another graph of the same net; layers of the same name use its
                very Parameters and buffers, as Caffe's test nets do.
    seed:       of the fillers (Caffe's random_seed); None for a random one.
    returns:    blobs that forward returns as a dict; default as in `emit`.
    join:       as in `emit`: faster, but not every submodule is called.
    The graph is kept as `module.graph`. Raises WeightsError if shared shapes differ.
    """
    source = emit(graph, returns, join)
    namespace = execute(source)
    with torch.device("meta"):
        net: nn.Module = getattr(namespace, class_name(graph))()
    net.graph = graph  # type: ignore[assignment]
    for node, name in zip(graph.nodes, module_names(graph), strict=True):
        node.module = name
    _fill(net, seed, share_with)
    return net.train(graph.train)


def execute(source: str) -> types.ModuleType:
    """Run emitted source as a module of its own; the same text is run once."""
    digest = hashlib.sha256(source.encode()).hexdigest()[:16]
    name = f"caffe2torch_emitted_{digest}"
    if name not in sys.modules:
        filename = f"<{name}>"
        module = types.ModuleType(name)
        module.__file__ = filename
        linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
        exec(compile(source, filename, "exec"), module.__dict__)
        sys.modules[name] = module
    return sys.modules[name]


def run(
    net: nn.Module, inputs: Mapping[str, torch.Tensor], names: Sequence[str]
) -> dict[str, torch.Tensor]:
    """Forward, giving the named blobs (any of the net's, Split copies included).

    inputs: top of each source layer -> tensor. In-place blobs hold their last value.
    """
    graph = graph_of(net)
    namespace = sys.modules[type(net).__module__]
    cache: dict[tuple[str, ...], Any] = namespace.__dict__.setdefault("_forwards", {})
    key = tuple(names)
    if key not in cache:
        text = emit_forward(graph, key)
        filename = f"<{namespace.__name__}:{len(cache)}>"
        linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
        scope: dict[str, Any] = {}
        exec(compile(text, filename, "exec"), namespace.__dict__, scope)
        cache[key] = scope["forward"]
    arguments = [inputs[top] for node in graph.sources for top in node.tops]
    result: dict[str, torch.Tensor] = cache[key](net, *arguments)
    return result


def graph_of(net: nn.Module) -> Graph:
    """The graph that a module was built from."""
    graph = net.graph
    assert isinstance(graph, Graph)
    return graph


def total_loss(net: nn.Module, blobs: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """Weighted sum of the loss blobs, as Net::Forward returns it; 0 if there are none."""
    weights = graph_of(net).loss_weights
    terms = [weight * blobs[blob].sum() for blob, weight in weights.items()]
    return sum(terms[1:], terms[0]) if terms else torch.zeros(())


def submodule(net: nn.Module, node: Node) -> nn.Module:
    """The submodule that carries a node's parameters."""
    return net.get_submodule(node.module)


def blob_tensors(net: nn.Module, node: Node) -> list[torch.Tensor]:
    """The torch tensors of a node's parameter blobs, in caffemodel order."""
    module = submodule(net, node) if node.blobs else None
    return [_resolve(module, ref.key) for ref in node.params]


def _resolve(module: Any, key: str) -> torch.Tensor:
    for part in key.split("."):
        module = getattr(module, part)
    tensor: torch.Tensor = module
    return tensor


def export_blobs(net: nn.Module) -> dict[str, list[np.ndarray[Any, Any]]]:
    """Layer name -> parameter blobs as a caffemodel holds them (float32, Caffe's shapes)."""
    out = {}
    owners = _owner_tensors(net)
    for node in graph_of(net).nodes:
        if node.blobs:
            arrays = [owners[id(ref)] for ref in node.params]
            arrays = [a.reshape(ref.shape) for a, ref in zip(arrays, node.params, strict=True)]
            out[node.name] = node.layer.to_caffe(node.site, arrays)
    return out


def _owner_tensors(net: nn.Module) -> dict[int, np.ndarray[Any, Any]]:
    arrays: dict[int, np.ndarray[Any, Any]] = {}
    for node in graph_of(net).nodes:
        for ref, tensor in zip(node.params, blob_tensors(net, node), strict=True):
            source = ref.owner or ref
            if id(source) not in arrays:
                arrays[id(source)] = tensor.detach().cpu().float().numpy().copy()
            arrays[id(ref)] = arrays[id(source)]
    return arrays


def set_blobs(net: nn.Module, node: Node, arrays: Sequence[np.ndarray[Any, Any]]) -> None:
    """Write parameter blobs of one layer (Caffe's shapes; shapes of equal count are reshaped).

    Raises WeightsError when the number of blobs or a blob's size differs.
    """
    if len(arrays) != len(node.params):
        raise WeightsError(
            f'layer "{node.name}" ({node.type}) has {len(node.params)} blobs here and '
            f"{len(arrays)} in the weights"
        )
    values = node.layer.to_torch(node.site, list(arrays))
    tensors = blob_tensors(net, node)
    for ref, tensor, value in zip(node.params, tensors, values, strict=True):
        if value.size != tensor.numel():
            raise WeightsError(
                f'layer "{node.name}" ({node.type}): blob {ref.index} ({ref.key}) has shape '
                f"{ref.shape} here and {tuple(value.shape)} in the weights"
            )
        target = tensor
        if ref.owner is not None and ref.owner.shape != ref.shape:
            target = _resolve(submodule(net, graph_of(net).node(ref.owner.layer)), ref.owner.key)
        with torch.no_grad():
            target.copy_(torch.from_numpy(np.array(value, np.float32)).view(target.shape))


def _fill(net: nn.Module, seed: int | None, other: nn.Module | None) -> None:
    """Give every parameter memory and its first value, in Caffe's order of layers."""
    generator = torch.Generator()
    generator.seed() if seed is None else generator.manual_seed(seed)
    done: dict[int, torch.Tensor] = {}
    twins = {n.name: n for n in graph_of(other).nodes if n.params} if other is not None else {}
    for node in graph_of(net).nodes:
        if not node.params:
            continue
        values = _shared_tensors(other, twins.get(node.name), node) or _first_values(
            net, node, generator
        )
        for ref, value in zip(node.params, values, strict=True):
            meta = _resolve(submodule(net, node), ref.key)
            _replace(submodule(net, node), ref.key, done.setdefault(id(meta), value))
    left = [name for name, tensor in net.state_dict().items() if tensor.is_meta]
    if left:
        raise TypeError(f"tensors that no blob declares: {', '.join(left)}")


def _first_values(net: nn.Module, node: Node, generator: torch.Generator) -> list[torch.Tensor]:
    """What the fillers write, as the tensors that replace the module's meta tensors."""
    blobs = [torch.empty(ref.shape) for ref in node.params]
    for ref, blob in zip(node.params, blobs, strict=True):
        fillers.fill(blob, ref.blob.filler, generator)
    arrays = node.layer.to_torch(node.site, [blob.numpy() for blob in blobs])
    values = []
    for ref, array in zip(node.params, arrays, strict=True):
        meta = _resolve(submodule(net, node), ref.key)
        value = torch.from_numpy(np.asarray(array, np.float32)).view(meta.shape)
        is_parameter = isinstance(meta, nn.Parameter)
        values.append(nn.Parameter(value, meta.requires_grad) if is_parameter else value)
    return values


def _shared_tensors(other: nn.Module | None, twin: Node | None, node: Node) -> list[torch.Tensor]:
    """Tensors of the layer of the same name in `other`, checked as Net::ShareTrainedLayersWith."""
    if other is None or twin is None:
        return []
    here = [ref.shape for ref in node.params]
    there = [ref.shape for ref in twin.params]
    if here != there:
        raise WeightsError(f'layer "{node.name}": blobs {here} here and {there} in the train net')
    return blob_tensors(other, twin)


def _replace(module: nn.Module, key: str, value: torch.Tensor) -> None:
    *path, last = key.split(".")
    for part in path:
        module = getattr(module, part)
    if last in module._parameters:
        module._parameters[last] = value  # type: ignore[assignment]
    else:
        module._buffers[last] = value


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
    tensors: dict[int, Tensor] = {}
    for node in graph.nodes:
        given = [np.asarray(arrays[id(ref.owner or ref)]).reshape(ref.shape) for ref in node.params]
        values = node.layer.to_torch(node.site, given) if given else []
        for ref, value in zip(node.params, values, strict=True):
            if ref.owner is None:
                tensors[id(ref)] = torch.from_numpy(np.array(value, np.float32))
    return tensors


def by_layer(graph: Graph, arrays: Mapping[int, Array]) -> dict[str, list[Array]]:
    """Return layer name -> its arrays, for the layers that have parameters."""
    return {n.name: [arrays[id(ref)] for ref in n.params] for n in graph.nodes if n.params}
