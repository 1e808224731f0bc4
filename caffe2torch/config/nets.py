"""Which nets a solver trains and tests, and in which state each is filtered.

Source: Caffe src/caffe/solver.cpp, InitTrainNet, InitTestNets
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.paths import places, resolve
from caffe2torch.errors import SolverError
from caffe2torch.format import upgrade
from caffe2torch.format.text import Block, Document

TRAIN_FIELDS = ("net", "net_param", "train_net", "train_net_param")


@dataclass
class Chosen:
    """A net and its state; `source` is how Caffe's log names where it came from."""

    net: upgrade.Net
    state: pb.NetState
    source: str


@dataclass
class _Reader:
    """Reads each net file once, from the working directory or from beside the solver."""

    solver: upgrade.Solver
    known: dict[str, upgrade.Net] = field(default_factory=dict)

    def file(self, path: str, where: str) -> upgrade.Net:
        if path not in self.known:
            base = str(Path(self.solver.file).parent) if self.solver.file else None
            found = resolve(path, base)
            if not Path(found).is_file():
                raise SolverError(
                    f'{where}: there is no file "{path}"',
                    span=self.solver.span(where),
                    hint=places(path, base),
                )
            self.known[path] = upgrade.read_net(found)
        return self.known[path]

    def inline(self, message: pb.NetParameter, name: str, index: int = 0) -> upgrade.Net:
        """Return a net written inside the solver, with its layers' places where it has them."""
        net = upgrade.net_from_message(message, self.solver.file)
        document = self.solver.document
        at = document.root.find(name, index) if document else None
        if document and at and isinstance(at.value, Block) and not net.notes:
            net.document = Document(document.text, document.file, at.value)
            blocks = [f.value for f in at.value.all("layer")]
            net.origins = [b if isinstance(b, Block) else None for b in blocks]
        return net


def choose(solver: upgrade.Solver) -> tuple[Chosen, list[Chosen]]:
    """Return the train net and the test nets of a solver.

    Raises: SolverError for a choice that Caffe refuses, at its field; what reading a net raises.
    """
    reader = _Reader(solver)
    given = _train_field(solver)
    message = solver.message
    if given.endswith("_param"):
        train = reader.inline(getattr(message, given), given)
        source = f"net specified in {given}."
    else:
        train = reader.file(getattr(message, given), given)
        kind = "train_net" if given == "train_net" else "net"
        source = f"net from {kind} file: {getattr(message, given)}"
    state = _state(pb.TRAIN, train, message.train_state)
    return Chosen(train, state, source), _tests(solver, reader)


def _train_field(solver: upgrade.Solver) -> str:
    given = [name for name in TRAIN_FIELDS if solver.message.HasField(name)]
    if not given:
        raise SolverError(
            "the solver names no net to train",
            span=solver.span(),
            hint=f"write one of {', '.join(TRAIN_FIELDS)}",
        )
    if len(given) > 1:
        raise SolverError(
            f"the solver names its train net more than once: {' and '.join(given)}",
            span=solver.span(given[1]),
            hint="keep one of them",
        )
    return given[0]


def _tests(solver: upgrade.Solver, reader: _Reader) -> list[Chosen]:
    message = solver.message
    nets = [
        (reader.inline(net, "test_net_param", i), "test_net_param")
        for i, net in enumerate(message.test_net_param)
    ]
    nets += [
        (reader.file(path, f"test_net[{i}]"), f"test_net file: {path}")
        for i, path in enumerate(message.test_net)
    ]
    _check_counts(solver, len(nets))
    for _ in range(len(message.test_iter) - len(nets)):
        if message.HasField("net_param"):
            nets.append((reader.inline(message.net_param, "net_param"), "net_param"))
        else:
            nets.append((reader.file(message.net, "net"), f"net file: {message.net}"))
    states: list[Any] = list(message.test_state) or [None] * len(nets)
    return [
        Chosen(net, _state(pb.TEST, net, state), source)
        for (net, source), state in zip(nets, states, strict=True)
    ]


def _check_counts(solver: upgrade.Solver, explicit: int) -> None:
    """Compare test_iter, test_state and test_interval with the test nets named explicitly."""
    message = solver.message
    generic = message.HasField("net") or message.HasField("net_param")
    count = len(message.test_iter)
    if count < explicit or (count > explicit and not generic):
        raise SolverError(
            f"{count} test_iter for {explicit} test nets",
            span=solver.span("test_iter" if count else "test_net"),
            hint="write test_iter once for each test net"
            + (", and more often only with `net`" if count else ""),
        )
    if message.test_state and len(message.test_state) != count:
        raise SolverError(
            f"{len(message.test_state)} test_state for {count} test nets",
            span=solver.span("test_state"),
            hint="write test_state once for each test net (there are as many as test_iter), "
            "or not at all",
        )
    if count and message.test_interval <= 0:
        raise SolverError(
            f"there are test nets, but test_interval is {message.test_interval}",
            span=solver.span("test_interval" if message.test_interval else "test_iter"),
            hint="write after how many iterations to test, such as test_interval: 500",
        )


def _state(phase: Any, net: upgrade.Net, over: pb.NetState | None) -> pb.NetState:
    """Return the default of the phase, the net's own state and the solver's, merged in turn."""
    state = pb.NetState(phase=phase)
    state.MergeFrom(net.message.state)
    if over is not None:
        state.MergeFrom(over)
    return state
