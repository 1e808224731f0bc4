"""What Caffe refuses of a solver and its train net, though every file can be read.

Source: Caffe src/caffe/solver.cpp, Init, InitTrainNet, InitTestNets, CheckSnapshotWritePermissions
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from caffe2torch.config.methods import METHODS
from caffe2torch.data.paths import locate
from caffe2torch.errors import C2TError, SolverError
from caffe2torch.format import strings
from caffe2torch.format.upgrade import Solver

if TYPE_CHECKING:
    from caffe2torch.graph.model import Graph

FORKS_FROM = 43
"""Field numbers of SolverParameter from here on are the forks'; Caffe 1.0 ends at 42."""


TRAIN_FIELDS = ("net", "net_param", "train_net", "train_net_param")
"""The solver's fields that may give the train net."""


def refusals(solver: Solver) -> Iterator[SolverError]:
    """Yield what Caffe refuses about a solver before it trains, at the fields."""
    yield from bad_counts(solver)
    yield from net_choice(solver)
    for refusal in (test_iter, test_state, test_interval):
        error = refusal(solver)
        if error is not None:
            yield error


def bad_counts(solver: Solver) -> Iterator[SolverError]:
    """Yield the counts that are below 1."""
    for name in ("average_loss", "iter_size"):
        value = getattr(solver.message, name)
        if value < 1:
            hint = "write 1, or leave it out"
            yield SolverError(f"{name} is {value}", span=solver.span(name), hint=hint)


def net_choice(solver: Solver) -> Iterator[SolverError]:
    """Yield why the fields do not give one train net. Source: Solver::InitTrainNet."""
    named = [name for name in TRAIN_FIELDS if solver.message.HasField(name)]
    if not named:
        yield no_net(solver)
    elif len(named) > 1:
        yield SolverError(
            f"the solver names its train net more than once: {' and '.join(named)}",
            span=solver.span(named[1]),
            hint="keep one of them",
        )


def no_net(solver: Solver) -> SolverError:
    """The error of a solver that names no train net."""
    return SolverError(
        "the solver names no net to train",
        span=solver.span(),
        hint=f'write net: "train_val.prototxt", or another of {", ".join(TRAIN_FIELDS)}',
    )


def test_iter(solver: Solver) -> SolverError | None:
    """Why test_iter does not fit the test nets, None if it does. Source: Solver::InitTestNets."""
    message = solver.message
    named = _named_tests(solver)
    count = len(message.test_iter)
    common = message.HasField("net") or message.HasField("net_param")
    if count >= named and (common or count == named):
        return None
    if not any(message.HasField(field) for field in TRAIN_FIELDS):
        return None  # Caffe stops at that before
    what, where = f"{count} test_iter, but {named} test nets", "test_iter"
    if count < named:
        what = f"{named} test nets, but {count} test_iter"
        where = "test_net" if message.test_net else "test_net_param"
    return SolverError(
        f"{what}: Caffe stops",
        span=solver.span(where),
        hint="write one test_iter a test net" + ("" if common else ", or `net` for the rest"),
    )


def test_state(solver: Solver) -> SolverError | None:
    """Why test_state does not fit the test nets, None if it does. Source: as test_iter."""
    message = solver.message
    nets = max(_named_tests(solver), len(message.test_iter))
    if len(message.test_state) in (0, nets):
        return None
    return SolverError(
        f"{len(message.test_state)} test_state for {nets} test nets: Caffe stops",
        span=solver.span("test_state"),
        hint="write none, or one a test net; there are as many nets as test_iter",
    )


def test_interval(solver: Solver) -> SolverError | None:
    """Why the test nets would never run, None if they would. Source: as test_iter."""
    message = solver.message
    nets = max(_named_tests(solver), len(message.test_iter))
    if not nets or message.test_interval > 0:
        return None
    written = message.HasField("test_interval") or not message.test_iter
    return SolverError(
        f"test_iter without a positive test_interval (it is {message.test_interval}): Caffe stops",
        span=solver.span("test_interval" if written else "test_iter"),
        hint=f"test_interval: {interval_for(message.max_iter)}",
    )


def interval_for(max_iter: int) -> int:
    """A test_interval that tests twenty times in a run."""
    return max(1, max_iter // 20)


def _named_tests(solver: Solver) -> int:
    return len(solver.message.test_net) + len(solver.message.test_net_param)


def unknown_method(solver: Solver) -> Iterator[SolverError]:
    """Yield that the method is none of Caffe's; one that is only written otherwise passes.

    Source: Caffe include/caffe/solver_factory.hpp, CreateSolver
    """
    known = {name.lower(): name for name in METHODS}
    name = solver.message.type
    if name.lower() not in known:
        near = get_close_matches(name.lower(), known, n=1)
        hint = f'did you mean "{known[near[0]]}"?' if near else f"known: {', '.join(METHODS)}"
        yield SolverError(f'unknown solver type "{name}"', span=solver.span("type"), hint=hint)


def no_gradient(graph: Graph) -> Iterator[C2TError]:
    """Yield the gradient that some layer cannot give; forks of Caffe cut them by other rules.

    Source: Backward_cpu of the layers that have none
    """
    if any(node.layer.origin != "bvlc" for node in graph.nodes):
        return
    try:
        graph.require_backward()
    except C2TError as error:
        yield error


def check_writable(solver: Solver) -> None:
    """Refuse a snapshot_prefix whose folder cannot be written, if a snapshot will be.

    Raises: SolverError at the field.
    """
    message = solver.message
    if not (message.snapshot or message.snapshot_after_train):
        return
    folder = Path(os.path.split(message.snapshot_prefix)[0])  # "models/" names its folder, too
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        what = "cannot be written" if folder.is_dir() else "does not exist"
        raise SolverError(
            f"the folder of snapshot_prefix {what}: {folder}",
            span=solver.span("snapshot_prefix"),
            hint="make the folder, or name another one",
        )


def set_prefix(solver: Solver) -> str:
    """Give snapshot_prefix its value as Caffe does; return the line that Caffe logs, if any.

    A folder that the working directory lacks is looked for as nets are, but for the bare name.

    Source: Caffe src/caffe/util/upgrade_proto.cpp, UpgradeSnapshotPrefixProperty
    """
    message = solver.message
    path = Path(solver.file or "solver")
    place = locate(message.snapshot_prefix, str(path.parent), _has_folder, bare=False)
    if place is not None:
        message.snapshot_prefix = strings.from_escapes(place.path)
    if not message.HasField("snapshot_prefix"):
        message.snapshot_prefix = str(path.with_suffix(""))
        return f"snapshot_prefix was not specified and is set to {message.snapshot_prefix}"
    if Path(message.snapshot_prefix).is_dir():
        message.snapshot_prefix = str(Path(message.snapshot_prefix) / path.stem)
        return f"snapshot_prefix was a directory and is replaced to {message.snapshot_prefix}"
    return ""


def _has_folder(path: str) -> bool:
    return Path(path).parent.is_dir()


def without_effect(solver: Solver) -> list[str]:
    """Return a note for each field that is set and cannot matter here."""
    message = solver.message
    notes = []
    if message.HasField("layer_wise_reduce"):
        notes.append("layer_wise_reduce has no effect: gradients are always averaged as they come")
    for field, _ in message.ListFields():
        if field.number >= FORKS_FROM:
            notes.append(f'solver field "{field.name}" is of a fork and has no effect')
    return notes
