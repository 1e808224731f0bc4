"""A net and its weights as a torch module, from files of any age and kind.

Weights may be in Caffe's two formats, in safetensors, or as torch saves them.
"""

from __future__ import annotations

import os
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from typing import Any

from torch import nn

from caffe2torch import caffe_pb2 as pb
from caffe2torch import inputs
from caffe2torch.convert.choosing import AUTO
from caffe2torch.convert.head import feature_blobs, with_classes
from caffe2torch.convert.keys import LAYER, LAYERS, by_layer
from caffe2torch.convert.optimized import Optimized
from caffe2torch.convert.pickling import portable
from caffe2torch.errors import GraphError, WeightsError
from caffe2torch.format.upgrade import Net, read_net
from caffe2torch.graph import build_graph
from caffe2torch.graph.filtering import net_state
from caffe2torch.graph.model import Graph
from caffe2torch.graph.unknown import read_whole
from caffe2torch.inspect import kind_of
from caffe2torch.layers.base import Shape
from caffe2torch.module.blobs import graph_of
from caffe2torch.module.build import build
from caffe2torch.module.trained import Copied, copy_trained
from caffe2torch.train.log import Log
from caffe2torch.weights import Array, ModelWeights, pickled, read_structure, read_weights

BINARY = ".caffemodel"
TORCH = (b"PK\x03\x04", b"\x80\x02")
"""How files of torch.save begin: zip archives, and pickles of old versions."""


def load(
    net: str | os.PathLike[str] | Net,
    weights: str | os.PathLike[str] | ModelWeights | None = None,
    phase: str | None = "TEST",
    *,
    level: int | None = None,
    stages: Sequence[str] = (),
    input_shapes: Mapping[str, Shape] | None = None,
    seed: int | None = None,
    num_classes: int | None = None,
    features_only: bool = False,
    out_blobs: Sequence[str] = (),
    optimize: bool | str = False,
) -> nn.Module:
    """The torch module of a Caffe net, in train or eval mode as the phase says.

    net:          prototxt or caffemodel of any Caffe version, or what `read_net` gave
    weights:      .caffemodel, .caffemodel.h5, .safetensors or state dict (.pt); None takes what a
                  caffemodel given as `net` holds, else the net's fillers
    phase:        "TRAIN" or "TEST"; None is the net's own, TEST if it says nothing
    level, stages: of the net's state
    input_shapes: blob -> shape, in place of what an Input layer says
    seed:         of the fillers; None for a random one
    num_classes:  outputs of the last weighted layers, which then keep their fillers' values
    features_only: `forward` returns a dict of the last map of each size, the largest first
    out_blobs:    `forward` returns a dict of these blobs
    optimize:     compute without gradients by the fastest engine that is installed, exact to 1e-5,
                  or by "onnxruntime" or "openvino"; the module is then a `convert.optimized
                  .Optimized`, and its `net` the one that this gives otherwise

    `forward` takes the tops of the data layers in order, float32, and returns the one output
    blob, or a dict of several. Data layers whose files are missing get plausible shapes, with
    a line in `module.graph.notes`. Layers are submodules under their own names. The module can be
    pickled, saved by `torch.save`, copied, and sent to processes that are spawned.

    Raises: C2TError at the place in the file that is wrong; WeightsError if weights do not fit.
    """
    read = read_structured(net) if not isinstance(net, Net) else net
    state = net_state(read, phase, level, stages)
    fresh: list[str] = []
    if num_classes is not None:
        read, fresh = with_classes(read, state, num_classes)
    graph = build_graph(read, state, input_shapes=input_shapes, assume=True)
    returns = list(out_blobs) or (feature_blobs(graph) if features_only else None)
    for blob in returns or ():
        check_blob(graph, blob)
    module = portable(build(graph, seed=seed, returns=returns), returns)
    if weights is None and not isinstance(net, Net) and holds_weights(net):
        weights = net
    if weights is not None:
        put(module, weights, fresh)
    if optimize:
        return Optimized(module, AUTO if optimize is True else optimize, returns)
    return module


def holds_weights(path: str | os.PathLike[str]) -> bool:
    """Whether a net is a caffemodel: by its name, or what a pipe brings by its content."""
    name = os.fspath(path)
    return name.endswith(BINARY) or (name == inputs.STDIN and kind_of(name) == "weights")


def check_blob(graph: Graph, name: str) -> None:
    """Raise GraphError for a name that is no blob of the net."""
    if name not in graph.shapes:
        near = get_close_matches(name, graph.shapes, n=3) or list(graph.shapes)[-8:]
        raise GraphError(
            f'net "{graph.name}" has no blob "{name}"', hint=f"it has: {', '.join(near)}"
        )


def read_structured(path: str | os.PathLike[str], lenient: bool = False) -> Net:
    """A net from text, or from a caffemodel without its arrays.

    A caffemodel holds the layers of one phase, which becomes that of its state: snapshots of a
    training lack the layers that TEST would need. lenient: as in `read_net`.
    Raises: GraphError if it has no layers.
    """
    binary = holds_weights(path)
    if binary:
        read = read_structure(path).filled()
    else:
        net = read_net(path, True) if lenient else read_whole(partial(read_net, path))
        read = net.filled()
    if binary and not read.message.HasField("state") and _phases(read) == {pb.TRAIN}:
        read.message.state.phase = pb.TRAIN
        read.notes.append(
            f"{os.fspath(path)} holds the net that was trained; to convert the one that predicts, "
            "give its prototxt, and this file with --weights"
        )
    return read


def _phases(net: Net) -> set[int]:
    """The phases that the layers of a net name."""
    layers = net.message.layer
    named = {layer.phase for layer in layers if layer.HasField("phase")}
    return named | {
        rule.phase for layer in layers for rule in layer.include if rule.HasField("phase")
    }


def put(
    module: nn.Module,
    weights: str | os.PathLike[str] | ModelWeights,
    fresh: Container[str] = (),
) -> Copied:
    """Put trained weights into a built net, by layer name as Caffe does; say what fitted.

    fresh: layers that keep their fillers' values
    Raises: WeightsError for a layer that does not fit, or if none is of this net.
    """
    graph: Graph = graph_of(module)
    trained = weights if isinstance(weights, ModelWeights) else read_for(weights, graph)
    blobs = {name: arrays for name, arrays in trained.blobs.items() if name not in fresh}
    try:
        copied = copy_trained(module, replace(trained, blobs=blobs), Log())
    except WeightsError as error:
        error.hint = "; ".join(note for note in graph.notes if "assumed shapes" in note)
        error.hint = error.hint or "are these the weights of this net?"
        raise
    if not copied.loaded and any(node.params for node in graph.nodes):
        raise WeightsError(
            f"{trained.file} has weights for no layer of the net",
            hint=f"it has: {', '.join(list(trained)[:8])}; the net: {', '.join(copied.fresh[:8])}",
        )
    return copied


def read_for(path: str | os.PathLike[str], graph: Graph) -> ModelWeights:
    """Weights for the layers of a graph, whatever kind of file they are in.

    Raises: WeightsError if the file is no weights, or does not fit the graph.
    """
    tensors = read_tensors(path)
    if tensors is None:
        return read_weights(path)
    from caffe2torch.convert.state import blobs

    arrays = blobs(graph, tensors, os.fspath(path))
    if not arrays:
        raise WeightsError(
            f"{os.fspath(path)} has no tensor for any layer of the net",
            hint="its keys must be LAYER.KEY, such as " + _example(graph),
        )
    types = {node.name: node.type for node in graph.nodes if node.name in arrays}
    held: dict[str, list[Array | None]] = {name: list(values) for name, values in arrays.items()}
    return ModelWeights(os.fspath(path), graph.name, held, types)


def _example(graph: Graph) -> str:
    refs = [ref for node in graph.nodes for ref in node.params]
    return f"{refs[0].layer}.{refs[0].key}" if refs else "conv1.weight"


def read_tensors(path: str | os.PathLike[str], translated: bool = True) -> dict[str, Any] | None:
    """A state dict from safetensors or torch.save, float32 on the CPU; None for other files.

    translated: keys are LAYER.KEY, where the file says which layers its keys belong to
    Raises: WeightsError if the file is damaged, or holds something else than tensors.
    """
    with inputs.opened(path) as file:
        head = file.read(16)
    if head.startswith(TORCH):
        tensors, layers = _torch(path)
    elif head[8:9] == b"{" and head[:8].endswith(bytes(3)):
        tensors, layers = _safetensors(path)
    else:
        return None
    if not (translated and layers):
        return tensors
    return {by_layer(key, layers): value for key, value in tensors.items()}


Tensors = tuple[dict[str, Any], dict[str, str]]
"""A state dict, and path -> layer where the file says that."""


def _safetensors(path: str | os.PathLike[str]) -> Tensors:
    from safetensors import SafetensorError, safe_open

    try:
        inputs.check(path)
        with safe_open(inputs.place(path), "pt") as file:
            tensors = {key: file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118
            layers = inputs.parse_json((file.metadata() or {}).get(LAYERS, "{}"))
    except (SafetensorError, ValueError) as error:
        raise WeightsError(f"{os.fspath(path)} is damaged: {error}") from None
    return tensors, layers


def _torch(path: str | os.PathLike[str]) -> Tensors:
    """A state dict that torch.save wrote, by itself or under "state_dict"; no code is run."""
    import torch

    try:
        content = pickled.load(path)
    except WeightsError as error:
        error.message = error.message.replace("cannot be read:", "cannot be read as a state dict:")
        error.hint = "save net.state_dict(), not the net"
        raise
    content = content.get("state_dict", content) if isinstance(content, Mapping) else content
    if not isinstance(content, Mapping) or not all(map(torch.is_tensor, content.values())):
        raise WeightsError(f"{os.fspath(path)} holds no state dict", hint="save net.state_dict()")
    known = getattr(content, "_metadata", {})
    layers = {path: str(about[LAYER]) for path, about in known.items() if LAYER in about}
    return {str(key): value.detach().float() for key, value in content.items()}, layers
