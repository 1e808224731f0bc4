"""What a rule sees: solver, nets by phase, signal, data and positions, each computed when asked.

A part that is missing or unreadable raises `Unavailable`; the engine then skips the rule, since
the failure itself is already in `failures`. So no rule has to ask whether a thing is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.config.files import Files, Unavailable, kept
from caffe2torch.config.source import SourceUse, sources_of
from caffe2torch.errors import C2TError, ParseError, SolverError, Span

if TYPE_CHECKING:
    from caffe2torch.format.upgrade import Net, Solver
    from caffe2torch.graph.model import Graph, Node
    from caffe2torch.lint.signal import Signal

__all__ = ["Context", "NetUse", "Unavailable"]


@dataclass
class NetUse:
    """One net in one state: the TRAIN net, or one of the TEST nets.

    index:     position among the test nets, for test_iter
    field:     the field of the solver that names the net ("net", "test_net", ...)
    """

    net: Net
    state: pb.NetState
    failures: list[C2TError]
    index: int = 0
    field: str = "net"

    @property
    def train(self) -> bool:
        return self.state.phase == pb.TRAIN

    @cached_property
    def _graph(self) -> Graph | None:
        from caffe2torch.graph import build_graph

        try:
            return build_graph(self.net, self.state, assume=True)
        except C2TError as error:
            self.failures.append(error)
            return None

    @property
    def graph(self) -> Graph:
        """The wired net. Raises Unavailable if Caffe would refuse it."""
        if self._graph is None:
            raise Unavailable
        return self._graph

    @property
    def built(self) -> bool:
        """Whether Caffe would build it; the reason why not is in `failures`."""
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
            self.failures.append(error)
            return []

    @cached_property
    def sources(self) -> list[SourceUse]:
        """The layers that read data, with what is known about their data."""
        return sources_of(self)

    def span(self, index: int | None, where: str = "") -> Span | None:
        """The place of a layer, or of the field that a dotted path names."""
        return self.net.span(index, where)

    @cached_property
    def partial(self) -> bool:
        """Whether a layer reads a blob that only layers of another phase or stage make."""
        known: set[str] = set()
        for _, layer in self.layers:
            if any(blob not in known and self._made(blob) for blob in layer.bottom):
                return True
            known |= set(layer.top)
        return False

    def _made(self, blob: str) -> bool:
        here = {index for index, _ in self.layers}
        made = [i for i, layer in enumerate(self.net.message.layer) if blob in layer.top]
        return bool(made) and here.isdisjoint(made)

    @property
    def has_loss(self) -> bool:
        """Whether some layer is a loss, by its type's name or its loss_weight."""
        return any("loss" in p.type.lower() or any(p.loss_weight) for _, p in self.layers)


class Context:
    """One file to be linted, and everything that it refers to.

    file:     the path as given
    weights:  --weights, comma separated, "" for none; the solver's own are added
    failures: what could not be read or built; the engine reports it
    kept:     what rules share, by name, so that it is found once
    """

    def __init__(self, file: str, files: Files | None = None, weights: str = "") -> None:
        self.file = file
        self.files = files or Files()
        self.failures: list[C2TError] = self.files.failures
        self._weights = weights
        self.kept: dict[str, Any] = {}

    # -- what is there ----------------------------------------------------------------------

    @cached_property
    def readable(self) -> bool:
        """Whether the file itself can be read; if not, there is nothing to check."""
        try:
            _ = self.solver if self.is_solver else self._net(self.file)
        except Unavailable:
            return False
        return True

    @cached_property
    def is_solver(self) -> bool:
        """Whether the file is a solver, judged by the fields that only a solver has."""
        return self.files.is_solver(self.file)

    @kept
    def solver(self) -> Solver:
        """The solver with positions. Raises Unavailable if a net was given."""
        if not self.is_solver:
            raise Unavailable
        return self.files.solver(self.file)

    @property
    def param(self) -> Any:
        """The SolverParameter message."""
        return self.solver.message

    @cached_property
    def weights(self) -> list[str]:
        """Paths of pretrained weights: --weights, else the solver's."""
        given = [path for path in self._weights.split(",") if path]
        if given or not self.is_solver:
            return given
        return [path for entry in self.param.weights for path in entry.split(",") if path]

    @kept
    def train(self) -> NetUse:
        """The net in its TRAIN state. Raises Unavailable for a deploy net (no loss in it)."""
        if self.is_solver:
            return self._train_of_solver()
        use = NetUse(self._net(self.file), _state(pb.TRAIN), self.failures)
        if use.partial or not use.has_loss:
            raise Unavailable
        return use

    @kept
    def tests(self) -> list[NetUse]:
        """The net in its TEST states, in the order of test_iter.

        A net without its solver may be made for one phase only, or for a stage that only the
        solver names: states in which blobs are missing are left out.
        """
        if not self.is_solver:
            use = NetUse(self._net(self.file), _state(pb.TEST), self.failures)
            return [] if use.partial else [use]
        return self._tests_of_solver()

    @kept
    def uses(self) -> list[NetUse]:
        """TRAIN (if there is one) and TEST nets."""
        try:
            return [self.train, *self.tests]
        except Unavailable:
            return self.tests

    @kept
    def nets(self) -> list[Net]:
        """Each net file once."""
        alone = [] if self.is_solver else [self._net(self.file)]
        unique: dict[int, Net] = {id(net): net for net in (*alone, *(u.net for u in self.uses))}
        return list(unique.values())

    @property
    def known_nets(self) -> list[Net]:
        """Like `nets`, but empty where they cannot be read."""
        try:
            return self.nets
        except Unavailable:
            return []

    @property
    def sources(self) -> list[SourceUse]:
        """Data layers of all uses."""
        return [source for use in self.uses for source in use.sources]

    @kept
    def signal(self) -> Signal:
        """The signal model of the TRAIN net at initialisation."""
        return self._predict()

    def signal_with(self, **changes: Any) -> Signal:
        """The signal model after hypothetical changes; see `signal.predict` for their names."""
        return self._predict(like=self.signal, **changes)

    def _predict(self, **changes: Any) -> Signal:
        from caffe2torch.lint import signal

        solver = self.solver if self.is_solver else None
        return signal.predict(self.train.graph, solver, sources=self.train.sources, **changes)

    def grave(self, severity: str) -> str:
        """The severity of a fault of the signal at initialisation; no error where it is a guess.

        That is where the size of the input is only assumed, and for a net without its solver:
        nobody knows what that starts from, nor at which rate.
        """
        unsure = self.signal.unsure or not self.is_solver
        return "warning" if severity == "error" and unsure else severity

    @property
    def from_scratch(self) -> bool:
        """Whether training starts from the fillers, as far as the config says."""
        return not self.weights and not self.awaits_weights

    @property
    def awaits_weights(self) -> bool:
        """Whether no pretrained weights are named, and the net is made for some."""
        from caffe2torch.lint.pretrained import awaited

        layers = [layer for _, layer in self.train.layers]
        return not self.weights and awaited(layers, alone=not self.is_solver)

    def forget(self) -> None:
        """Let go of nets, graphs and signals; what is asked for again is found again."""
        for name in [name for name in self.__dict__ if name.startswith("_kept_")]:
            del self.__dict__[name]
        self.kept.clear()

    # -- where things are -------------------------------------------------------------------

    def span(self, where: str) -> Span | None:
        """The place of a solver field; the field that names the net if it is not written."""
        return self.solver.span(where)

    def resolve(self, path: str) -> str | None:
        """Where a path of the solver or net lies, None if nowhere; see `Files.find`."""
        return self.files.find(path, self.file)

    # -- how ----------------------------------------------------------------------------------

    def _net(self, path: str) -> Net:
        return self.files.net(path)

    def _net_field(self, message: Any, *names: str) -> tuple[Net, str]:
        """The net that the first of these solver fields gives. Raises Unavailable."""
        for name in names:
            if name.endswith("_param") and message.HasField(name):
                return self.files.inline_net(self.solver, name), name
            if not name.endswith("_param") and getattr(message, name):
                return self._named_net(getattr(message, name), name), name
        hint = 'net: "train_val.prototxt", or one of its relatives'
        self.files.fail(SolverError("the solver names no net", hint=hint))
        raise Unavailable

    def _named_net(self, path: str, where: str) -> Net:
        found = self.resolve(path)
        if found is None:
            error = ParseError(
                f'{where} "{path}" does not exist', span=self.span(where), hint=self._looked(path)
            )
            self.files.fail(error)
            raise Unavailable
        return self._net(found)

    def _looked(self, path: str) -> str:
        return f"looked in {Path.cwd()} and in {Path(self.file).absolute().parent}"

    def _train_of_solver(self) -> NetUse:
        message = self.param
        net, where = self._net_field(message, "train_net_param", "train_net", "net_param", "net")
        state = _state(pb.TRAIN, net, message.train_state)
        return NetUse(net, state, self.failures, field=where)

    def _tests_of_solver(self) -> list[NetUse]:
        """As Solver::InitTestNets: test_net_param, test_net, then the rest from net."""
        message = self.param
        made: list[tuple[Callable[[], Net], str]] = [
            (partial(self.files.inline_net, self.solver, "test_net_param", i), "test_net_param")
            for i in range(len(message.test_net_param))
        ]
        made += [
            (partial(self._named_net, path, "test_net"), "test_net") for path in message.test_net
        ]
        rest = len(message.test_iter) - len(made)
        made += [(self._common_net, "net")] * rest
        return list(self._test_uses(message, made))

    def _common_net(self) -> Net:
        return self._net_field(self.param, "net_param", "net")[0]

    def _test_uses(
        self, message: Any, made: list[tuple[Callable[[], Net], str]]
    ) -> Iterator[NetUse]:
        for i, (make, where) in enumerate(made):
            try:
                net = make()
            except Unavailable:
                continue
            extra = message.test_state[i] if i < len(message.test_state) else None
            yield NetUse(net, _state(pb.TEST, net, extra), self.failures, i, where)


def _state(phase: int, net: Net | None = None, extra: pb.NetState | None = None) -> pb.NetState:
    """The phase, the net's own state over it, the solver's over that (Solver::InitTrainNet)."""
    state = pb.NetState(phase=phase)
    if net is not None:
        state.MergeFrom(net.message.state)
    if extra is not None:
        state.MergeFrom(extra)
    return state
