"""A net as Caffe wires it: filtered by state, splits inserted, shapes known. No torch here.

Source: Caffe src/caffe/net.cpp (Net::Init, FilterNet, AppendTop, AppendBottom, AppendParam) and
src/caffe/util/insert_splits.cpp (InsertSplits).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch.graph.builder import Request, Stuck, wire
from caffe2torch.graph.filtering import filter_layers, insert_splits, net_state
from caffe2torch.graph.fitting import fit
from caffe2torch.graph.model import Graph, Node, ParamRef, Recipe
from caffe2torch.graph.stubs import Weights
from caffe2torch.layers.base import Shape

if TYPE_CHECKING:
    from caffe2torch.format.upgrade import Net

__all__ = [
    "Graph",
    "Node",
    "ParamRef",
    "build_graph",
    "filter_layers",
    "insert_splits",
    "net_state",
]


def build_graph(
    net: Net,
    state: pb.NetState | None = None,
    *,
    phase: str | None = None,
    input_shapes: Mapping[str, Shape] | None = None,
    assume: bool = False,
    unknown: bool = False,
    stubs: Weights | None = None,
) -> Graph:
    """Wire `net` in `state` (default: the net's own, with `phase` over it) as Net::Init does.

    input_shapes: blob -> shape, in place of what an Input layer says.
    assume:       give source layers whose files are missing their most plausible shapes, with a
                  note, instead of raising DataError.
    unknown:      keep layers of unknown types, and Python layers that may not run, without
                  shapes (`Graph.unshaped`); such a graph is for showing, not for running.
    stubs:        let classes to be filled in stand for layers that cannot run here: layer name ->
                  shapes of its weights, as far as they are known.
    Raises GraphError (ShapeError for a layer's own refusal) at the position of the layer.
    """
    request = Request(
        net, state or net_state(net, phase), dict(input_shapes or {}), assume, unknown, stubs
    )
    result = fit(lambda guesses: wire(request, guesses)) if assume else wire(request)
    if isinstance(result, Stuck):
        raise result.error
    result.recipe = Recipe(request.state, dict(request.input_shapes), assume)
    return result
