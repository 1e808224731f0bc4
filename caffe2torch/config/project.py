"""A solver and the nets it names: the one reader of a configuration, for every command.

What is read is computed when asked. A part that is missing or unreadable raises the error itself
where reading is strict (a training); else the failure is noted, `Unavailable` is raised, and what
does not need the part goes on (a lint). The search for files, the choice of nets and states, and
the messages are the same in both.

Source: Caffe src/caffe/solver.cpp, InitTrainNet, InitTestNets
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch.config import checks
from caffe2torch.config.files import Files, Unavailable
from caffe2torch.config.nets import NetUse, merged_state
from caffe2torch.config.references import Reference, notes, references
from caffe2torch.data.paths import places
from caffe2torch.errors import C2TError, ParseError, SolverError, Span

if TYPE_CHECKING:
    from caffe2torch.config.source import SourceUse
    from caffe2torch.format.upgrade import Net, Solver

TRAIN_FIELDS = ("train_net_param", "train_net", "net_param", "net")
"""The solver's fields that give the train net, in Caffe's order."""
MOST_TESTS = 20
"""Test nets of a solver; a hundred thousand would take days before the first iteration."""
MOST_LAYERS = 25_000
"""Layers of all test nets together: twenty nets of 1,000 fit, of 15,000 only one does."""
MOST_WEIGHTS = 100
"""Files of weights that a training starts from."""


class Project:
    """A solver and the nets it names, or a net alone.

    file:    the path as given
    files:   how it is read: `Files()` collects failures, `Files(strict=True)` raises the first
    weights: paths of pretrained weights (comma separated) in place of the solver's
    solver:  the solver, if it was read already, and maybe changed since
    """

    def __init__(
        self,
        file: str,
        files: Files | None = None,
        weights: str = "",
        solver: Solver | None = None,
    ) -> None:
        self.file = file
        self.files = files or Files()
        self._weights = weights
        self._solver = solver

    @classmethod
    def of(cls, solver: Solver, files: Files | None = None) -> Project:
        """The project of a solver that was read already; its nets are read strictly.

        files: strict ones, where texts stand in for what the disk holds
        """
        return cls(solver.file, files or Files(strict=True), solver=solver)

    # -- the solver -------------------------------------------------------------------------

    @property
    def failures(self) -> list[C2TError]:
        """What could not be read or built, each once."""
        return self.files.failures

    @cached_property
    def readable(self) -> bool:
        """Whether the file itself can be read; if not, there is nothing to look at."""
        try:
            _ = self.solver if self.is_solver else self.files.net(self.file)
        except Unavailable:
            return False
        return True

    @cached_property
    def is_solver(self) -> bool:
        """Whether the file is a solver, judged by the fields that only a solver has."""
        return self._solver is not None or self.files.is_solver(self.file)

    @cached_property
    def solver(self) -> Solver:
        """The solver with positions. Raises Unavailable if a net was given."""
        if not self.is_solver:
            raise Unavailable
        return self._solver or self.files.solver(self.file)

    @property
    def param(self) -> pb.SolverParameter:
        """The SolverParameter message."""
        return self.solver.message

    @cached_property
    def weights(self) -> list[str]:
        """Paths of pretrained weights: those given, else the solver's."""
        paths = [path for path in self._weights.split(",") if path]
        if not paths and self.is_solver:
            paths = [path for entry in self.param.weights for path in entry.split(",") if path]
        if len(paths) > MOST_WEIGHTS:
            what = f"{len(paths):,} files of weights are named; at most {MOST_WEIGHTS} are read"
            self.files.fail(
                SolverError(what, span=self.span("weights") if self.is_solver else None)
            )
        return paths[:MOST_WEIGHTS]

    def refuse(self) -> None:
        """Raise the first of what Caffe refuses about the solver itself."""
        for error in checks.refusals(self.solver):
            raise error

    def note_refusals(self) -> None:
        """Add to the failures what Caffe refuses of the solver, and of the train net's gradient."""
        if self.is_solver:
            for refusal in (*checks.refusals(self.solver), *checks.unknown_method(self.solver)):
                self.files.fail(refusal)
        with suppress(Unavailable):
            for error in checks.no_gradient(self.train.graph):
                self.files.fail(error)

    # -- its nets -----------------------------------------------------------------------------

    @cached_property
    def train(self) -> NetUse:
        """The net in its TRAIN state. Raises Unavailable for a deploy net (no loss in it)."""
        if self.is_solver:
            return self._train_of_solver()
        use = self._train_alone
        if use.partial or not use.has_loss:
            raise Unavailable
        return use

    @cached_property
    def tests(self) -> list[NetUse]:
        """The net in its TEST states, in the order of test_iter.

        A net without its solver may be made for one phase only, or for a stage that only the
        solver names: states in which blobs are missing are left out.
        """
        if not self.is_solver:
            return [] if self._test_alone.partial else [self._test_alone]
        return list(self._tests_of_solver())

    @property
    def uses(self) -> list[NetUse]:
        """TRAIN (if there is one) and TEST nets."""
        try:
            return [self.train, *self.tests]
        except Unavailable:
            return self.tests

    @property
    def nets(self) -> list[Net]:
        """Each net file once."""
        alone = [] if self.is_solver else [self.files.net(self.file)]
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

    # -- where things are -------------------------------------------------------------------

    @property
    def base(self) -> str:
        """The folder of the file."""
        return str(Path(self.file).parent)

    def span(self, where: str) -> Span | None:
        """The place of a solver field; the start of the file if it is not written."""
        return self.solver.span(where)

    def resolve(self, path: str) -> str | None:
        """Where a path that the file names lies, None if nowhere; see `data.paths`."""
        place = self.files.locate(path, self.base)
        return place.path if place else None

    def moved(self, *nets: Net) -> list[Reference]:
        """Paths of the solver and of these nets that are used under their bare names."""
        solver = self.solver if self.is_solver else None
        return [one for one in references(solver, nets, self.files) if one.moved]

    def notes(self, *uses: NetUse) -> list[str]:
        """What to tell about the paths of the solver and of these nets."""
        solver = self.solver if self.is_solver else None
        return notes(solver, (use.net for use in uses), self.files)

    # -- how ----------------------------------------------------------------------------------

    @cached_property
    def _train_alone(self) -> NetUse:
        net = self.files.net(self.file)
        return NetUse(net, merged_state(pb.TRAIN, net), self.files, origin=self.file)

    @cached_property
    def _test_alone(self) -> NetUse:
        net = self.files.net(self.file)
        return NetUse(net, merged_state(pb.TEST, net), self.files, origin=self.file)

    def _train_of_solver(self) -> NetUse:
        """As Solver::InitTrainNet. Raises Unavailable, the failure noted."""
        field = next((name for name in TRAIN_FIELDS if self.param.HasField(name)), "")
        if not field:
            self.files.fail(checks.no_net(self.solver))
            raise Unavailable
        net, path = self._net_of(field)
        state = merged_state(pb.TRAIN, net, self.param.train_state)
        origin = f"net from {field} file: {path}" if path else f"net specified in {field}."
        return NetUse(net, state, self.files, field=field, origin=origin)

    def _tests_of_solver(self) -> Iterator[NetUse]:
        """As Solver::InitTestNets: test_net_param, test_net, then the rest from the common net."""
        message = self.param
        fields = [("test_net_param", i) for i in range(len(message.test_net_param))]
        fields += [("test_net", i) for i in range(len(message.test_net))]
        common = "net_param" if message.HasField("net_param") else "net"
        fields += [(common, 0)] * (len(message.test_iter) - len(fields))
        if len(fields) > MOST_TESTS:
            what = (
                f"{len(fields):,} test nets, one for each test_iter; at most {MOST_TESTS} are built"
            )
            self.files.fail(SolverError(what, span=self.span("test_iter")))
            fields = fields[:MOST_TESTS]
        layers = 0
        for position, (field, index) in enumerate(fields):
            try:
                net, path = self._net_of(field, index)
            except Unavailable:
                continue
            layers += len(net.message.layer)
            if layers > MOST_LAYERS:
                what = (
                    f"the first {position + 1} test nets have {layers:,} layers together; at most "
                    f"{MOST_LAYERS:,} are built"
                )
                self.files.fail(SolverError(what, span=self.span("test_iter")))
                return
            known = position < len(message.test_state)
            state = merged_state(pb.TEST, net, message.test_state[position] if known else None)
            origin = f"{field} file: {path}" if path else field
            yield NetUse(net, state, self.files, position, field, origin)

    def _net_of(self, field: str, index: int = 0) -> tuple[Net, str]:
        """The net that a field of the solver gives, and the path as written, "" for none.

        Raises Unavailable, the failure noted.
        """
        if field.endswith("_param"):
            return self.files.inline_net(self.solver, field, index), ""
        where = f"{field}[{index}]" if field == "test_net" else field
        value = getattr(self.param, field)
        path: str = value[index] if field == "test_net" else value
        if not path and field in checks.TRAIN_FIELDS and not self.param.HasField(field):
            self.files.fail(checks.no_net(self.solver))
            raise Unavailable
        place = self.files.locate(path, self.base)
        if place is None:
            hint = places(path, self.base)
            message = f'{field} "{path}" does not exist'
            self.files.fail(ParseError(message, span=self.span(where), hint=hint))
            raise Unavailable
        return self.files.net(place.path), path
