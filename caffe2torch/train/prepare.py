"""What happens before the first iteration: checks, seeds, nets, trained weights.

Source: Caffe src/caffe/solver.cpp, Init, InitTrainNet, InitTestNets, LoadNetWeights
"""

from __future__ import annotations

from pathlib import Path
from secrets import randbits
from typing import TYPE_CHECKING

import torch

from caffe2torch.config import checks
from caffe2torch.config.nets import Chosen, choose
from caffe2torch.data.paths import resolve
from caffe2torch.graph import build_graph
from caffe2torch.module.blobs import tensors
from caffe2torch.module.runner import Runner
from caffe2torch.module.trained import copy_trained
from caffe2torch.train.debug_string import debug_string
from caffe2torch.train.methods import Entry
from caffe2torch.train.net_log import log_net
from caffe2torch.weights import read_weights

if TYPE_CHECKING:
    from caffe2torch.train.loop import Solver


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
