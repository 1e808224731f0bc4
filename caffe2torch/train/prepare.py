"""What happens before the first iteration: checks, seeds, nets, trained weights.

Source: Caffe src/caffe/solver.cpp, Init, InitTrainNet, InitTestNets, LoadNetWeights
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from secrets import randbits

import torch

from caffe2torch.config import checks, policies
from caffe2torch.config.files import Files
from caffe2torch.config.nets import NetUse
from caffe2torch.config.project import Project
from caffe2torch.data.paths import locate, places, resolve
from caffe2torch.errors import WeightsError
from caffe2torch.format import upgrade
from caffe2torch.graph import build_graph
from caffe2torch.graph.model import Graph
from caffe2torch.graph.shared_layers import alone
from caffe2torch.module.blobs import tensors
from caffe2torch.module.heap import keep_memory
from caffe2torch.module.layout import AUTO, NHWC
from caffe2torch.module.layout import choose as choose_layout
from caffe2torch.module.options import Options
from caffe2torch.module.runner import Runner
from caffe2torch.module.trained import Copied, copy_trained
from caffe2torch.train import methods
from caffe2torch.train.distributed import Ranks
from caffe2torch.train.ema import Ema
from caffe2torch.train.log import Log, debug_string
from caffe2torch.train.methods import Entry
from caffe2torch.train.net_log import log_net
from caffe2torch.train.rates import extended
from caffe2torch.train.state import Average, RunState
from caffe2torch.weights import read_weights

Note = Callable[[str], None]
"""Tells the user something."""


def prepare(
    solver: upgrade.Solver,
    options: Options,
    log: Log,
    ranks: Ranks,
    note: Note,
    files: Files | None = None,
) -> RunState:
    """Return a run that is ready for its first iteration.

    files: how its nets are read, where not from the disk

    Raises: C2TError for whatever Caffe would refuse, at its place in the file.
    """
    keep_memory()
    param = solver.message
    check(solver, log, note)
    seed = set_seed(solver, options, ranks)
    policy = extended(policies.from_solver(solver), options.extras, param.max_iter)
    policy.announce = lambda line: log("sgd_solver.cpp:50", line)
    train, tests = Nets(solver, options, log, ranks, seed, note, files).build()
    optimizer = methods.from_solver(solver, entries(train, param.type, param.weight_decay))
    if param.snapshot_diff:
        optimizer.updates = {}
    extras = options.extras
    scaler = torch.amp.GradScaler(options.device.type, enabled=options.amp == "fp16")
    train.use(ranks.wrap(train.net, options.sync_bn))
    log("solver.cpp:57", "Solver scaffolding done.")
    return RunState(
        solver=solver,
        options=options,
        log=log,
        ranks=ranks,
        seed=seed,
        train=train,
        tests=tests,
        policy=policy,
        optimizer=optimizer,
        scaler=scaler,
        average=Average(param.average_loss),
        debugging=train.graph.net.message.debug_info,
        ema=Ema(extras.ema, not extras.no_ema_warmup) if extras.ema else None,
    )


def check(solver: upgrade.Solver, log: Log, note: Note) -> None:
    """Refuse what can be refused before any net is built. Raises: SolverError."""
    if not solver.message.HasField("snapshot_prefix"):
        checks.set_prefix(solver)
    text = f"Initializing solver from parameters: \n{debug_string(solver.message)}"
    log("solver.cpp:45", text)
    for error in checks.refusals(solver):
        raise error
    checks.check_writable(solver)
    for text in [*solver.notes, *checks.without_effect(solver)]:
        note(text)


def set_seed(solver: upgrade.Solver, options: Options, ranks: Ranks) -> int:
    """Seed what is random, each process on its own; return the seed that they share."""
    given = solver.message.random_seed
    seed = int(ranks.same(given if given >= 0 else randbits(31)))
    torch.manual_seed(seed + ranks.rank)
    if options.tf32:
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.allow_tf32 = True
    return seed


@dataclass(frozen=True)
class Nets:
    """Builds the nets of a solver."""

    solver: upgrade.Solver
    options: Options
    log: Log
    ranks: Ranks
    seed: int
    note: Note
    files: Files | None = None
    logged: set[str] = field(default_factory=set)

    def build(self) -> tuple[Runner, list[Runner]]:
        """Return the train net and the test nets, at work on the same parameters."""
        project = Project.of(self.solver, self.files)
        chosen, tests = project.train, project.tests
        for text in project.notes(chosen, *tests):
            self.note(text)
        self.log("solver.cpp:102", f"Creating training {chosen.origin}")
        train = self._runner(chosen, None)
        train.graph.require_backward()
        self._lay_out(train)
        runners = []
        for i, test in enumerate(tests if self.ranks.first else ()):
            self.log("solver.cpp:190", f"Creating test net (#{i}) specified by {test.origin}")
            runners.append(self._runner(test, train))
        return train, runners

    def _lay_out(self, train: Runner) -> None:
        """Choose how blobs lie in memory; test nets follow."""
        given = self.options.layout
        train.lay_out(self.ranks.same(choose_layout(train)) if given == AUTO else given)
        if given == AUTO and train.layout == NHWC:
            self.note("blobs lie in memory as NHWC, which is faster here (--layout nchw: as Caffe)")

    def _runner(self, chosen: NetUse, train: Runner | None) -> Runner:
        graph = build_graph(chosen.net, chosen.state)
        log_net(graph, self.log, self.logged)
        rank, world = (self.ranks.rank, self.ranks.world) if train is None else (0, 1)
        runner = Runner(
            graph, self.options, share_with=train, seed=self.seed, rank=rank, world=world
        )
        runner.log_to(self.log)
        for text in runner.notes:
            self.note(text)
        loaded: set[str] = set()
        for model_list in self.solver.message.weights:
            for path in model_list.split(","):
                loaded |= load_weights(runner, path.strip(), self.solver, self.log, self.note)
        if train is not None:
            self._tell_untrained(graph, train.graph, loaded)
        return runner

    def _tell_untrained(self, graph: Graph, train: Graph, loaded: set[str]) -> None:
        """Tell which layers of a test net keep their first values, and what that does."""
        for node in alone(graph, train):
            if node.name not in loaded:
                effect = node.layer.untrained(node.site) or "it keeps its first values"
                self.note(
                    f'layer "{node.name}" ({node.type}) is in a test net only, where nothing '
                    f"trains it: {effect}"
                )


def load_weights(
    runner: Runner, path: str, solver: upgrade.Solver, log: Log, note: Note
) -> set[str]:
    """Put the trained weights of a file into a net; a path may begin beside the solver.

    Returns the names of the layers that took their weights.
    Raises: WeightsError for a layer that does not fit, or a file that is none.
    """
    log("solver.cpp:72", f"Finetuning from {path}")
    base = str(Path(solver.file).parent)
    if locate(path, base) is None:
        raise WeightsError(f'weights file "{path}" does not exist', hint=places(path, base))
    copied = copy_weights(runner, resolve(path, base), log, note)
    if runner.graph.train and not (copied.fresh or copied.skipped):  # else it is told already
        note(copied.summary(path))
    return set(copied.loaded)


def copy_weights(runner: Runner, path: str, log: Log, note: Note) -> Copied:
    """Copy the weights of a file, and tell what had no counterpart. Raises: WeightsError."""
    skip = runner.options.ignore_shape_mismatch
    copied = copy_trained(runner.net, read_weights(path), log, skip)
    if runner.graph.train:  # the test nets have the same layers, and some for want of data
        for text in copied.notes(path):
            note(text)
    return copied


def entries(train: Runner, method: str, weight_decay: float) -> list[Entry]:
    """Return what the method works on: what is trained, and what is frozen but remembered.

    Where a method keeps squares, weight decay moves the history of frozen blobs too.
    """
    held = tensors(train.net)
    squares = method not in ("SGD", "Nesterov")
    return [
        (held[id(ref)], ref.lr_mult, ref.decay_mult)
        for ref in train.graph.params
        if ref.lr_mult or held[id(ref)].requires_grad or (squares and weight_decay * ref.decay_mult)
    ]
