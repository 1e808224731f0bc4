"""A part of a net, from some of its blobs to others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import GraphError
from caffe2torch.graph.filtering import filter_layers
from caffe2torch.graph.model import Graph

if TYPE_CHECKING:
    from caffe2torch.format.upgrade import Net


def cut(net: Net, graph: Graph, begin: Sequence[str], end: Sequence[str]) -> Net:
    """The layers of `net` that compute the blobs of `end` from those of `begin`.

    graph: the whole net, which knows the shapes
    begin: blobs that become inputs; what computes them goes
    end:   blobs that become outputs; by default the net's own
    Raises: GraphError for a blob that the net does not have, one that cannot become an input
    because its layer is needed for another top, or if nothing is left.
    """
    for blob in (*begin, *end):
        _check_known(blob, graph)
    end = end or graph.outputs
    wanted, kept = set(end), []
    for index, layer in reversed(filter_layers(net, graph.filtered.state)):
        makes = wanted.intersection(layer.top).difference(begin)
        if makes:
            _check_whole(layer, wanted, begin)
            wanted.difference_update(layer.top)
            wanted.update(layer.bottom)
            kept.append(index)
    if not kept:
        raise GraphError(f"nothing is left between {', '.join(begin)} and {', '.join(end)}")
    return _part(net, graph, kept[::-1], [blob for blob in begin if blob in wanted])


def ending_at(net: Net, state: pb.NetState, end: Sequence[str]) -> Net:
    """The net without the layers that the blobs of `end` do not need, found without any shapes.

    Layers behind the end thus need not be ones that can be built. A net without such blobs stays.
    """
    layers = filter_layers(net, state)
    wanted, kept = set(end), []
    if not wanted.issubset(top for _, layer in layers for top in layer.top):
        return net
    for index, layer in reversed(layers):
        if wanted.intersection(layer.top):
            wanted.update(layer.bottom)
            kept.append(index)
    return _of_layers(net, kept[::-1])


def _check_known(blob: str, graph: Graph) -> None:
    if blob in graph.shapes:
        return
    tops = [top for node in graph.nodes if node.name == blob for top in node.tops]
    near = tops or get_close_matches(blob, list(graph.shapes), n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else "c2t inspect lists the blobs"
    raise GraphError(f'net "{graph.name}" has no blob "{blob}"', hint=hint)


def _check_whole(layer: pb.LayerParameter, wanted: set[str], begin: Sequence[str]) -> None:
    """Refuse to replace some of the needed tops of a layer by inputs while it makes the others."""
    tops = [top for top in layer.top if top in wanted]
    inputs = [top for top in tops if top in begin]
    others = [top for top in tops if top not in begin]
    if inputs:
        raise GraphError(
            f'blob "{inputs[0]}" cannot become an input: its layer "{layer.name}" ({layer.type}) '
            f'is needed for "{others[0]}"',
            hint=f"begin at {' and '.join(tops)}",
        )


def _part(net: Net, graph: Graph, kept: Sequence[int], inputs: Sequence[str]) -> Net:
    """The net of some layers, with an Input layer for each input in front.

    It is called as its blob, unless a layer of the net is: that one may have weights in a file.
    """
    names, sources = {layer.name for layer in net.message.layer}, []
    for blob in inputs:
        name = blob
        while name in names:
            name += "_input"
        source = pb.LayerParameter(name=name, type="Input", top=[blob])
        source.input_param.shape.add(dim=graph.shapes[blob])
        sources.append(source)
    return _of_layers(net, kept, sources)


def _of_layers(net: Net, kept: Sequence[int], sources: Sequence[pb.LayerParameter] = ()) -> Net:
    """The net of some of its layers, behind sources."""
    message = pb.NetParameter()
    message.CopyFrom(net.message)
    del message.layer[:]
    message.layer.extend(sources)
    message.layer.extend(net.message.layer[index] for index in kept)
    origins = net.origins or [None] * len(net.message.layer)
    blocks = [None] * len(sources) + [origins[index] for index in kept]
    return replace(net, message=message, origins=blocks)
