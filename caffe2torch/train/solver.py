"""`caffe2torch.Solver`: one object in front of a run, as Caffe's users know it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from torch import Tensor, nn

from caffe2torch import caffe_pb2 as pb
from caffe2torch.config.files import Files
from caffe2torch.format import upgrade
from caffe2torch.module.options import Options
from caffe2torch.module.runner import Runner
from caffe2torch.train import loop, prepare, snapshot
from caffe2torch.train.distributed import Ranks
from caffe2torch.train.log import Log
from caffe2torch.train.methods.base import Method
from caffe2torch.train.watch import Watcher, Watchers


class Solver:
    """Trains the net of a solver file, tests it and writes snapshots.

    solver:   as `upgrade.read_solver` returns it
    options:  device, precision, compilation
    log:      where Caffe's log lines go
    watchers: what listens besides
    ranks:    the processes that train together
    requests: asked between steps; what it returns, "stop", "snapshot" or "", is done
    files:    how the nets are read, where not from the disk

    `net` is the train net's module, `train` and `tests` run the nets, which share their
    parameters; `iter` counts the updates done. `state` is the whole run as plain data.

    Raises: C2TError for whatever Caffe would refuse, at its place in the file.
    """

    def __init__(
        self,
        solver: upgrade.Solver,
        options: Options | None = None,
        log: Log | None = None,
        watchers: Iterable[Watcher] = (),
        ranks: Ranks | None = None,
        requests: Callable[[], str] | None = None,
        files: Files | None = None,
    ) -> None:
        asking = [Asking(requests)] if requests else []
        self.watchers = Watchers([*watchers, *asking])
        self.state = prepare.prepare(
            solver, options or Options(), log or Log(), ranks or Ranks(), self.watchers.note, files
        )

    @property
    def solver(self) -> upgrade.Solver:
        """The description that is followed."""
        return self.state.solver

    @property
    def param(self) -> pb.SolverParameter:
        """The message of the solver; its intervals may be changed between steps."""
        return self.state.param

    @property
    def net(self) -> nn.Module:
        """The module of the train net."""
        return self.state.net

    @property
    def train(self) -> Runner:
        """The train net at work."""
        return self.state.train

    @property
    def tests(self) -> list[Runner]:
        """The test nets at work, in Caffe's order."""
        return self.state.tests

    @property
    def optimizer(self) -> Method:
        """The update method."""
        return self.state.optimizer

    @property
    def iter(self) -> int:
        """The updates done."""
        return self.state.iter

    @iter.setter
    def iter(self, value: int) -> None:
        self.state.iter = value

    @property
    def lr(self) -> float:
        """The learning rate of the update that comes next."""
        return self.state.policy.rate(self.state.iter)

    @property
    def loss(self) -> float:
        """The loss that the log shows: smoothed over the last average_loss iterations."""
        return self.state.read_losses()

    @property
    def stopped(self) -> bool:
        """Whether the last `step` or `solve` was asked to stop."""
        return self.state.stopped

    def watch(self, watcher: Watcher) -> None:
        """Let one more watcher listen."""
        self.watchers.append(watcher)

    def solve(self) -> None:
        """Train up to max_iter; test and show the loss once more where that is due."""
        loop.solve(self.state, self.watchers)

    def step(self, iters: int) -> None:
        """Run `iters` iterations: test, forward and backward, display, update, snapshot."""
        loop.step(self.state, iters, self.watchers)

    def forward_backward(self) -> dict[str, Tensor]:
        """Add the gradients of iter_size batches to those there; return the last outputs."""
        return loop.forward_backward(self.state).outputs

    def apply_update(self) -> None:
        """Move the weights by the gradients that are there, and count the iteration."""
        loop.apply_update(self.state)

    def test_all(self) -> None:
        """Run every test net, until a stop is asked for."""
        loop.test_all(self.state, self.watchers)

    def test(self, index: int) -> None:
        """Run test_iter batches of one test net and report the mean of each score."""
        loop.test(self.state, index, self.watchers)

    def snapshot(self) -> str:
        """Write a snapshot and return the path of its solverstate."""
        return loop.save(self.state, self.watchers)

    def restore(self, path: str) -> None:
        """Go on from a snapshot, Caffe's or ours. Raises: WeightsError, SolverError."""
        snapshot.restore(self.state, path, self.watchers.note)

    def load(self, path: str) -> None:
        """Put trained weights into the net; layers are matched by name. Raises: WeightsError."""
        state, note = self.state, self.watchers.note
        prepare.load_weights(state.train, path, state.solver, state.log, note)

    def close(self) -> None:
        """Stop reading data."""
        for runner in (self.train, *self.tests):
            runner.close()


class Asking(Watcher):
    """Passes on the requests of a function."""

    def __init__(self, requests: Callable[[], str]) -> None:
        self.requests = requests

    def request(self) -> str:
        return self.requests()
