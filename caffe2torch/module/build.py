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
from caffe2torch.graph.model import Graph
from caffe2torch.graph.shared_layers import share_trained_layers
from caffe2torch.module.blobs import blob_tensor, graph_of, submodule, tensors
from caffe2torch.module.emit import emit, emit_forward
from caffe2torch.module.limits import check_layers, check_memory
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

    share_with: the module of a train net; layers of the same name use its very Parameters and
                buffers, as Caffe's test nets do.
    seed:       of the fillers (Caffe's random_seed); None for a random one.
    returns:    blobs that forward returns as a dict; default as in `emit`.
    join:       as in `emit`: faster, but not every submodule is called.
    The graph is kept as `module.graph`; with share_with it is a copy, as `share_trained_layers`
    gives it. Raises WeightsError if shared shapes differ.
    """
    if share_with is not None:
        graph = share_trained_layers(graph, graph_of(share_with))
    check_layers(graph)
    check_memory(graph, "build")
    source = emit(graph, returns, join, exact=True)
    namespace = execute(source)
    with torch.device("meta"):
        net: nn.Module = getattr(namespace, class_name(graph))()
    net.graph = graph  # type: ignore[assignment]
    for node, name in zip(graph.nodes, module_names(graph), strict=True):
        node.module = name
    _fill(net, seed, share_with)
    return net.train(graph.train)


EMITTED = "caffe2torch_emitted_"
"""How the names of modules begin whose source was emitted here."""


def execute(source: str) -> types.ModuleType:
    """Run emitted source as a module of its own; the same text is run once."""
    digest = hashlib.sha256(source.encode()).hexdigest()[:16]
    name = f"{EMITTED}{digest}"
    if name not in sys.modules:
        filename = f"<{name}>"
        module = types.ModuleType(name)
        module.__file__ = filename
        linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
        exec(compile(source, filename, "exec"), vars(module))
        sys.modules[name] = module
    return sys.modules[name]


def run(net: nn.Module, inputs: Mapping[str, Tensor], names: Sequence[str]) -> dict[str, Tensor]:
    """Forward, giving the named blobs (any of the net's, Split copies included).

    inputs: top of each source layer -> tensor. In-place blobs hold their last value.
    """
    key = (type(net), tuple(names))
    if key not in _forwards:
        _forwards[key] = _compile_forward(net, names)
    arguments = [inputs[top] for node in graph_of(net).sources for top in node.tops]
    result: dict[str, Tensor] = _forwards[key](net, *arguments)
    return result


_forwards: dict[tuple[type, tuple[str, ...]], Callable[..., Any]] = {}
"""The functions that `run` calls, by the class of the net and the blobs that they give."""


def _compile_forward(net: nn.Module, names: Sequence[str]) -> Callable[..., Any]:
    """Make a function like the net's forward that gives the named blobs."""
    namespace = sys.modules[type(net).__module__]
    text = emit_forward(graph_of(net), names)
    filename = f"<{namespace.__name__}:{len(_forwards)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    scope: dict[str, Any] = {}
    exec(compile(text, filename, "exec"), vars(namespace), scope)
    forward: Callable[..., Any] = scope["forward"]
    return forward


def total_loss(net: nn.Module, blobs: Mapping[str, Tensor]) -> Tensor:
    """Weighted sum of the loss blobs, as Net::Forward returns it; 0 if there are none."""
    weights = graph_of(net).loss_weights
    terms = [weight * blobs[blob].sum() for blob, weight in weights.items()]
    loss = sum(terms[1:], terms[0]) if terms else torch.zeros(())
    return tie_loose_ends(loss, graph_of(net), blobs)


def tie_loose_ends(loss: Tensor, graph: Graph, blobs: Mapping[str, Tensor]) -> Tensor:
    """The loss, whose backward also sends a gradient of 0 into the loose ends of the graph."""
    ends = [blobs[blob] for blob in graph.loose_ends if blob in blobs]
    tied: Tensor = LooseEnds.apply(loss, *ends) if ends else loss
    return tied


class LooseEnds(torch.autograd.Function):
    """A loss and blobs that do not count for it."""

    @staticmethod
    def forward(ctx: Any, loss: Tensor, *ends: Tensor) -> Tensor:
        """Give the loss."""
        ctx.save_for_backward(*ends)
        return loss.clone()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, ...]:
        """Give zeros to the blobs."""
        return gradient, *map(torch.zeros_like, ctx.saved_tensors)


def _fill(net: nn.Module, seed: int | None, train: nn.Module | None) -> None:
    """Give every parameter memory and its first value, in Caffe's order of layers.

    train: the net whose parameters `ParamRef.trained` names
    """
    generator = torch.Generator()
    generator.seed() if seed is None else generator.manual_seed(seed)
    begun = _first_values(graph_of(net), generator)
    trained = tensors(train) if train is not None else {}
    done: dict[int, Tensor] = {}
    for node in graph_of(net).nodes:
        for ref in node.params:
            meta = blob_tensor(net, node, ref)
            if ref.trained is None:
                tensor = done.setdefault(id(meta), _alike(meta, begun[id(ref.first or ref)]))
            else:
                tensor = trained[id(ref.trained.owner or ref.trained)]
                tensor = tensor if tensor.shape == meta.shape else _alike(meta, tensor)
            _replace(submodule(net, node), ref.key, tensor)
    left = [name for name, tensor in net.state_dict().items() if tensor.is_meta]
    if left:
        raise TypeError(f"tensors that no blob declares: {', '.join(left)}")


def _first_values(graph: Graph, generator: torch.Generator) -> dict[int, Tensor]:
    """What the fillers write into the first blobs of a name, without those that nothing uses."""
    refs = [ref for node in graph.nodes for ref in node.params]
    used = {id(ref.first or ref) for ref in refs if ref.trained is None}
    values: dict[int, Tensor] = {}
    for node in graph.nodes:
        if all(ref.trained is not None and id(ref) not in used for ref in node.params):
            continue
        blobs = [torch.empty(ref.shape) for ref in node.params]
        for ref, blob in zip(node.params, blobs, strict=True):
            fillers.fill(blob, ref.blob.filler, generator)
        arrays = node.layer.to_torch(node.site, [blob.numpy() for blob in blobs])
        for ref, array in zip(node.params, arrays, strict=True):
            values[id(ref)] = torch.from_numpy(np.asarray(array, np.float32))
    return values


def _alike(meta: Tensor, value: Tensor) -> Tensor:
    """A view of a value in the shape and kind of a tensor that has no memory."""
    value = value.detach().view(meta.shape)
    is_parameter = isinstance(meta, nn.Parameter)
    return nn.Parameter(value, meta.requires_grad) if is_parameter else value


def _replace(module: nn.Module, key: str, value: Tensor) -> None:
    *path, last = key.split(".")
    for part in path:
        module = getattr(module, part)
    if last in module._parameters:
        module._parameters[last] = value  # type: ignore[assignment]
    else:
        module._buffers[last] = value
