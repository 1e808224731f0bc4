"""A net for other classes than it was trained on, and the maps that it computes on the way."""

from __future__ import annotations

from caffe2torch import caffe_pb2 as pb
from caffe2torch import layers
from caffe2torch.errors import GraphError
from caffe2torch.format.upgrade import Net, net_from_message
from caffe2torch.graph.filtering import filter_layers
from caffe2torch.graph.model import Graph
from caffe2torch.layers.base import Role


def with_classes(net: Net, state: pb.NetState, count: int) -> tuple[Net, list[str]]:
    """A copy of a net whose last weighted layers have `count` outputs, and their names.

    Those are the layers with num_output behind which no other layer has weights. One that names no
    filler gets "xavier", for it is to be learnt.
    Raises: GraphError if the net has no such layer.
    """
    kept = [layer for _, layer in filter_layers(net, state)]
    names = [
        layer.name for i, layer in enumerate(kept) if _is_weighted(layer) and _is_last(kept, i)
    ]
    if not names:
        raise GraphError(f"{net.file or 'the net'} has no layer whose outputs are classes")
    message = pb.NetParameter()
    message.CopyFrom(net.message)
    for layer in message.layer:
        if layer.name in names:
            param = getattr(layer, layers.chosen(layer).param_field)
            param.num_output = count
            if not param.HasField("weight_filler"):
                param.weight_filler.type = "xavier"
    copy = net_from_message(message, net.file)
    copy.notes = list(net.notes)
    return copy, names


def _is_weighted(layer: pb.LayerParameter) -> bool:
    kind = layers.known(layer)
    return kind is not None and kind.plays(Role.WEIGHTS)


def _is_last(kept: list[pb.LayerParameter], at: int) -> bool:
    """Whether nothing that follows a layer has weights."""
    reached = set(kept[at].top)
    for layer in kept[at + 1 :]:
        if reached.intersection(layer.bottom):
            if _is_weighted(layer):
                return False
            reached.update(layer.top)
    return True


def feature_blobs(graph: Graph) -> list[str]:
    """The last map of each size (H, W) larger than 1x1 that a net computes, the largest first."""
    last: dict[tuple[int, ...], str] = {}
    inputs = {top for node in graph.sources for top in node.tops}
    for node in graph.nodes:
        for top in node.tops if node.index is not None else ():
            shape = graph.shapes[top]
            if len(shape) == 4 and min(shape[2:]) > 1 and top not in inputs:
                last[shape[2:]] = top
    return list(last.values())
