"""The training loop, as Caffe runs it; it reads from the top to the bottom.

Source: Caffe src/caffe/solver.cpp, Init, Step, Solve, TestAll, Test;
src/caffe/solvers/sgd_solver.cpp, ApplyUpdate

What happens before the first iteration: checks, seeds, nets, trained weights.

Source: Caffe src/caffe/solver.cpp, Init, InitTrainNet, InitTestNets, LoadNetWeights
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from pathlib import Path
from secrets import randbits

import torch
from torch import Tensor

from caffe2torch.config import checks, policies
from caffe2torch.config.nets import Chosen, choose
from caffe2torch.config.policies.base import f32
from caffe2torch.data.paths import resolve
from caffe2torch.format import upgrade
from caffe2torch.graph import build_graph
from caffe2torch.module.build import tensors
from caffe2torch.module.options import Options
from caffe2torch.module.runner import Runner
from caffe2torch.module.trained import copy_trained
from caffe2torch.train import display as show
from caffe2torch.train import methods
from caffe2torch.train import snapshot as saving
from caffe2torch.train.debug import Debugger
from caffe2torch.train.display import Average
from caffe2torch.train.distributed import Ranks
from caffe2torch.train.log import Log, debug_string
from caffe2torch.train.methods import Entry
from caffe2torch.train.net_log import log_net
from caffe2torch.train.watch import Watcher
from caffe2torch.weights import read_weights

STOP, SNAPSHOT = "stop", "snapshot"


class Solver:
    """Trains the net of a solver file, tests it and writes snapshots.

    solver:   as `upgrade.read_solver` returns it
    options:  device, precision, compilation
    log:      where Caffe's log lines go
    watchers: what listens besides
    ranks:    the processes that train together
    requests: asked between steps; what it returns, "stop", "snapshot" or "", is done

    `net` is the train net's module, `train` and `tests` run the nets, which share their
    parameters; `iter` counts the updates done.

    Raises: C2TError for whatever Caffe would refuse, at its place in the file.
    """

    def __init__(
        self,
        solver: upgrade.Solver,
        options: Options | None = None,
        log: Log | None = None,
        watchers: Iterable[Watcher] = (),
        ranks: Ranks | None = None,
        requests: Callable[[], str] = lambda: "",
    ) -> None:
        self.solver, self.param = solver, solver.message
        self.options, self.ranks = options or Options(), ranks or Ranks()
        self.log, self.watchers, self.requests = log or Log(), list(watchers), requests
        self.iter, self.stopped = 0, False
        self.notes: list[str] = []
        self.seed = start(self)
        self.policy = policies.from_solver(solver)
        self.policy.announce = lambda line: self.log("sgd_solver.cpp:50", line)
        self.train, self.tests = nets(self)
        self.net = self.train.net
        self.optimizer = methods.from_solver(solver, entries(self))
        if self.param.snapshot_diff:
            self.optimizer.updates = {}
        half = self.options.amp == "fp16"
        self.scaler = torch.amp.GradScaler(self.options.device.type, enabled=half)
        self.average = Average(self.param.average_loss)
        self.carried: Average | None = None
        self.losses: list[Tensor] = []
        self.display = show.Display(self)
        self.debugger = Debugger(self.train, self.log)
        self.debugging = self.train.graph.net.message.debug_info
        self.train.use(self.ranks.wrap(self.net, self.options.sync_bn))
        self.log("solver.cpp:57", "Solver scaffolding done.")

    def solve(self) -> None:
        """Train up to max_iter; test and show the loss once more where that is due."""
        self.log("solver.cpp:289", f"Solving {self.train.graph.name}")
        self.log("solver.cpp:290", f"Learning Rate Policy: {self.param.lr_policy}")
        self.tell("on_start")
        self.step(self.param.max_iter - self.iter)
        written = self.param.snapshot and self.iter % self.param.snapshot == 0
        if (self.param.snapshot_after_train or self.stopped) and not written:
            self.snapshot()
        if self.stopped:
            self.log("solver.cpp:311", "Optimization stopped early.")
            self.tell("on_end")
            return
        if self.due(self.param.display):
            # A batch goes by and BatchNorm's statistics move, after the last snapshot.
            with torch.no_grad():
                blobs = self.debugger.run() if self.debugging else self.train.run()
                self.losses.append(self.train.loss(blobs))
            self.display.end()
        if self.due(self.param.test_interval):
            self.test_all()
        self.log("solver.cpp:332", "Optimization Done.")
        self.tell("on_end")

    def step(self, iters: int) -> None:
        """Run `iters` iterations: test, forward and backward, display, update, snapshot."""
        stop_iter = self.iter + iters
        self.average = saving.carried_average(self) or Average(self.param.average_loss)
        self.stopped = False
        self.display.start()
        while self.iter < stop_iter:
            self.optimizer.zero_grad(set_to_none=True)
            if self.due(self.param.test_interval) and self._may_test():
                self.test_all()
                if self.stopped:
                    break
            self.tell("on_begin")
            display = self.due(self.param.display)
            self.debugging = display and self.param.debug_info
            blobs = self._forward_backward()
            if display:
                self.display.train(blobs)
            self.tell("on_step", blobs)
            self._apply_update(display)
            self.iter += 1
            request = self.ranks.agree(self.requests())
            if self.due(self.param.snapshot) or request == SNAPSHOT:
                self.snapshot()
            if request == STOP:
                self.stopped = True
                break

    def due(self, interval: int) -> bool:
        """Whether something that happens every `interval` iterations happens now; 0 is never."""
        return bool(interval) and self.iter % interval == 0

    def _may_test(self) -> bool:
        return self.iter > 0 or self.param.test_initialization

    def _forward_backward(self) -> dict[str, Tensor]:
        """Add up the gradients of iter_size batches; return the outputs of the last one."""
        total = torch.zeros((), device=self.options.device)
        blobs: dict[str, Tensor] = {}
        for i in range(self.param.iter_size):
            last = i == self.param.iter_size - 1
            with nullcontext() if last else self.ranks.apart():
                blobs = self.debugger.run() if self.debugging else self.train.run()
                loss = self.train.loss(blobs)
                if loss.requires_grad:
                    self.scaler.scale(loss).backward()
            if self.debugging:
                self.debugger.log_backward()
            total += loss.detach()
        self.losses.append(total / self.param.iter_size)
        if len(self.losses) > 1000:  # read in one go, so that a GPU need not wait for each
            self.display.take_losses()
        return blobs

    def _apply_update(self, display: bool) -> None:
        """Move the weights; the gradients are the sums over iter_size batches."""
        rate = self.policy.rate(self.iter)
        if display:
            self.display.rate(rate)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
            for param in group["params"]:
                if param.grad is None:  # decay and momentum go on without a gradient
                    param.grad = torch.zeros_like(param)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        if self.optimizer.clipped:
            self.display.clip(*self.optimizer.clipped)

    def test_all(self) -> None:
        """Run every test net, until a stop is asked for."""
        for index in range(len(self.tests)):
            if not self.stopped:
                self.test(index)

    @torch.no_grad()
    def test(self, index: int) -> None:
        """Run test_iter batches of one test net and report the mean of each score."""
        runner, iterations = self.tests[index], self.param.test_iter[index]
        self.display.testing(index)
        debugger = Debugger(runner, self.log) if self.param.debug_info else None
        scores, loss = torch.zeros(()), torch.zeros(())
        for i in range(iterations):
            if self._interrupted():
                self.log("solver.cpp:396", "Test interrupted.")
                return
            blobs = debugger.run() if debugger else runner.run()
            batch = runner.scores(blobs)
            scores = scores + batch if i else batch
            if self.param.test_compute_loss:
                loss = loss + runner.loss(blobs)
        means = [f32(score / iterations) for score in scores.tolist()]
        mean_loss = f32(loss.item() / iterations) if self.param.test_compute_loss else None
        self.display.tested(index, means, mean_loss)

    def _interrupted(self) -> bool:
        """Do what is asked for during a test; only a stop ends it.

        With other processes waiting, it has to wait as well.
        """
        while self.ranks.world == 1 and not self.stopped and (request := self.requests()):
            if request == SNAPSHOT:
                self.snapshot()
            self.stopped = self.stopped or request == STOP
        return self.stopped

    def snapshot(self) -> str:
        """Write a snapshot and return the path of its solverstate."""
        path = saving.save(self)
        self.tell("on_snapshot", path)
        return path

    def restore(self, path: str) -> None:
        """Go on from a snapshot, Caffe's or ours. Raises: WeightsError, SolverError."""
        saving.restore(self, path)

    def load(self, path: str) -> None:
        """Put trained weights into the net; layers are matched by name. Raises: WeightsError."""
        load(self, path, self.train)

    def note(self, text: str) -> None:
        """Tell the user something, once."""
        if self.ranks.first and text not in self.notes:
            self.notes.append(text)
            for watcher in self.watchers:
                watcher.on_note(text)

    def tell(self, event: str, *what: object) -> None:
        """Call a method of every watcher."""
        for watcher in self.watchers:
            getattr(watcher, event)(self, *what)

    def close(self) -> None:
        """Stop reading data."""
        for runner in (self.train, *self.tests):
            runner.close()


def start(solver: Solver) -> int:
    """Check what can be checked now, and seed what is random; return the seed."""
    param = solver.param
    if not param.HasField("snapshot_prefix"):
        checks.set_prefix(solver.solver)
    text = f"Initializing solver from parameters: \n{debug_string(param)}"
    solver.log("solver.cpp:45", text)
    checks.check(solver.solver)
    checks.check_writable(solver.solver)
    for note in [*solver.solver.notes, *checks.without_effect(solver.solver)]:
        solver.note(note)
    seed = int(solver.ranks.same(param.random_seed if param.random_seed >= 0 else randbits(31)))
    torch.manual_seed(seed + solver.ranks.rank)
    if solver.options.tf32:
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.allow_tf32 = True
    return seed


def nets(solver: Solver) -> tuple[Runner, list[Runner]]:
    """Return the train net and the test nets, at work on the same parameters."""
    chosen, tests = choose(solver.solver)
    solver.log("solver.cpp:102", f"Creating training {chosen.source}")
    train = _runner(solver, chosen, None)
    train.graph.require_backward()
    runners = []
    for i, test in enumerate(tests if solver.ranks.first else ()):
        solver.log("solver.cpp:190", f"Creating test net (#{i}) specified by {test.source}")
        runners.append(_runner(solver, test, train))
    return train, runners


def _runner(solver: Solver, chosen: Chosen, train: Runner | None) -> Runner:
    graph = build_graph(chosen.net, chosen.state)
    log_net(graph, solver.log)
    rank, world = (solver.ranks.rank, solver.ranks.world) if train is None else (0, 1)
    runner = Runner(
        graph, solver.options, share_with=train, seed=solver.seed, rank=rank, world=world
    )
    for note in runner.notes:
        solver.note(note)
    for model_list in solver.param.weights:
        for path in model_list.split(","):
            load(solver, path.strip(), runner)
    return runner


def load(solver: Solver, path: str, runner: Runner) -> None:
    """Put the trained weights of a file into a net.

    Raises: WeightsError for a layer that does not fit, or a file that is none.
    """
    solver.log("solver.cpp:72", f"Finetuning from {path}")
    copy(solver, resolve(path, str(Path(solver.solver.file).parent)), runner)


def copy(solver: Solver, path: str, runner: Runner) -> None:
    """Copy the weights of a file, and tell what had no counterpart."""
    skip = solver.options.ignore_shape_mismatch
    copied = copy_trained(runner.net, read_weights(path), solver.log, skip)
    if runner.graph.train:  # the test nets have the same layers, and some for want of data
        for note in copied.notes(path):
            solver.note(note)


def entries(solver: Solver) -> list[Entry]:
    """Return what the method works on: what is trained, and what is frozen but remembered.

    Where a method keeps squares, weight decay moves the history of frozen blobs too.
    """
    held = tensors(solver.net)
    squares = solver.param.type not in ("SGD", "Nesterov")
    found = []
    for ref in solver.train.graph.params:
        remembered = squares and solver.param.weight_decay * ref.decay_mult
        if ref.lr_mult or held[id(ref)].requires_grad or remembered:
            found.append((held[id(ref)], ref.lr_mult, ref.decay_mult))
    return found
