"""One net in one of the states in which a solver uses it.

Source: Caffe src/caffe/solver.cpp, InitTrainNet, InitTestNets
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch import layers
from caffe2torch.config.files import Files, Unavailable
from caffe2torch.config.source import SourceUse, sources_of
from caffe2torch.errors import C2TError, Span

if TYPE_CHECKING:
    from caffe2torch.format.upgrade import Net
    from caffe2torch.graph.model import Graph, Node


@dataclass
class NetUse:
    """One net in one state: the TRAIN net, or one of the TEST nets.

    files:  where failures are noted, or raised
    index:  position among the test nets, for test_iter
    field:  the field of the solver that names the net ("net", "test_net", ...)
    origin: how Caffe's log says where the net comes from
    """

    net: Net
    state: pb.NetState
    files: Files
    index: int = 0
    field: str = "net"
    origin: str = ""

    @property
    def train(self) -> bool:
        return self.state.phase == pb.TRAIN

    @cached_property
    def _graph(self) -> Graph | None:
        from caffe2torch.graph import build_graph

        try:
            return build_graph(self.net, self.state, assume=True)
        except C2TError as error:
            self.files.fail(error)
            return None

    @property
    def graph(self) -> Graph:
        """The wired net, missing data assumed. Raises Unavailable if Caffe would refuse it."""
        if self._graph is None:
            raise Unavailable
        return self._graph

    @property
    def built(self) -> bool:
        """Whether Caffe would build it; the reason why not is among the failures."""
        return self._graph is not None

    @property
    def nodes(self) -> list[Node]:
        """Layers of the graph as the file has them: without the Splits that Caffe inserts."""
        return [node for node in self.graph.nodes if node.index is not None]

    @cached_property
    def layers(self) -> list[tuple[int, pb.LayerParameter]]:
        """(index in the file, message) of each layer of this state, even without a graph."""
        from caffe2torch.graph.filtering import filter_layers

        try:
            return filter_layers(self.net, self.state)
        except C2TError as error:
            self.files.fail(error)
            return []

    @cached_property
    def sources(self) -> list[SourceUse]:
        """The layers that read data, with what is known about their data."""
        return sources_of(self.net, self.layers, self.train)

    def span(self, index: int | None, where: str = "") -> Span | None:
        """The place of a layer, or of the field that a dotted path names."""
        return self.net.span(index, where)

    @cached_property
    def partial(self) -> bool:
        """Whether a layer reads a blob that only layers of another phase or stage make."""
        here = {index for index, _ in self.layers}
        everywhere = {blob for layer in self.net.message.layer for blob in layer.top}
        made_here = {blob for i in here for blob in self.net.message.layer[i].top}
        elsewhere = everywhere - made_here
        return any(blob in elsewhere for _, layer in self.layers for blob in layer.bottom)

    @cached_property
    def has_loss(self) -> bool:
        """Whether some layer is a loss, by its type's name or its loss_weight."""
        return any(layers.is_loss(p) or any(p.loss_weight) for _, p in self.layers)


def merged_state(phase: int, net: Net, over: pb.NetState | None = None) -> pb.NetState:
    """The phase, the net's own state over it, the solver's over that (Solver::InitTrainNet)."""
    state = pb.NetState(phase=phase)
    state.MergeFrom(net.message.state)
    if over is not None:
        state.MergeFrom(over)
    return state
