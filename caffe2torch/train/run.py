"""One `c2t train` from the file to the exit code: read, build, train, draw.

Source: Caffe tools/caffe.cpp, train
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from contextlib import nullcontext, suppress
from pathlib import Path

import torch

from caffe2torch import outputs
from caffe2torch.config import checks
from caffe2torch.errors import C2TError, RunError, SolverError
from caffe2torch.format import upgrade
from caffe2torch.module.options import Options
from caffe2torch.terminal import printable
from caffe2torch.train import devices, snapshot, snapshot_files, writes
from caffe2torch.train.about import About, opening
from caffe2torch.train.distributed import Ranks
from caffe2torch.train.log import Log
from caffe2torch.train.metrics import Metrics, draw, findings
from caffe2torch.train.pruning import Pruner
from caffe2torch.train.run_folder import (
    EVENTS,
    FILES,
    fallbacks,
    folder_of,
    opened,
    snapshot_places,
)
from caffe2torch.train.settings import Settings, read
from caffe2torch.train.signals import Signals
from caffe2torch.train.solver import Solver
from caffe2torch.train.terminal import lasting, unless_quiet
from caffe2torch.train.watch import Watcher, Watchers

DONE, STOPPED = 0, 1


def train(
    settings: Settings,
    echo: Callable[[str], None],
    watchers: Iterable[Watcher] = (),
    ranks: Ranks | None = None,
) -> int:
    """Train the net of a solver file; return the exit code, 1 if the run was stopped.

    echo:     prints a line for the user
    watchers: what shows or watches the run, besides log and metrics
    ranks:    the processes that train together

    Raises: C2TError for what cannot be trained; RunError for a run that failed on its way.
    """
    with outputs.permitted(writes.permit_of(settings)):
        return _train(settings, echo, Watchers(watchers), ranks or Ranks())


def _train(
    settings: Settings, echo: Callable[[str], None], watchers: Watchers, ranks: Ranks
) -> int:
    solver = read(settings)
    prefix = checks.set_prefix(solver)
    checks.check_writable(solver)
    folder = folder_of(settings, solver.message)
    if ranks.first:
        writes.check_places(solver, folder, new=not settings.snapshot)
    held = opened(settings, solver.message, watchers.note) if ranks.first else nullcontext(Log())
    with held as log:
        if prefix:
            log(f"upgrade_proto.cpp:{1108 if 'was not' in prefix else 1113}", prefix)
        options = _options(settings, solver, log, watchers, ranks)
        if ranks.first:
            watchers.extend(_keepers(settings, folder))
        alone = ranks.world == 1
        with Signals(settings.sigint_effect, settings.sighup_effect, alone) as signals:
            running = Solver(solver, options, log, [*watchers, signals], ranks)
            graphs = [running.train.graph, *(test.graph for test in running.tests)]
            writes.check_layers(graphs)
            if ranks.first:
                talk = unless_quiet(echo)
                talk(opening(running.state))
                talk(writes.shown(running.param, folder, graphs))
            running.state.fallbacks = fallbacks(folder, running.param.snapshot_prefix)
            try:
                _solve(running, settings, folder, log)
            finally:
                running.close()
        loss = running.loss
        if ranks.first and not math.isfinite(loss):
            lasting(echo)(
                f"note: the loss is {loss}, and may be so again soon behind the newest snapshot:\n"
                "  lower base_lr first, or go on from an earlier one"
            )
        if ranks.first:
            _closing_words(running, settings, folder, lasting(echo))
    return STOPPED if running.stopped or not math.isfinite(loss) else DONE


def _keepers(settings: Settings, folder: Path) -> list[Watcher]:
    """Return what writes and tidies the files of a run."""
    table = folder / "metrics.csv"
    pruned = settings.keep_last or settings.keep_best
    pruner = [Pruner(settings.keep_last, settings.keep_best, table)] if pruned else []
    return [*pruner, Metrics(table), About(settings, folder)]


def _options(
    settings: Settings,
    solver: upgrade.Solver,
    log: Log,
    watchers: Watchers,
    ranks: Ranks,
) -> Options:
    chosen = ranks.device or devices.choose(settings.device, solver.message, watchers.note)
    if chosen.type == "cuda":
        every = ranks.gather(chosen.index)
        log("caffe.cpp:204", f"Using GPUs {', '.join(map(str, every))}")
        log("caffe.cpp:209", f"GPU {chosen.index}: {torch.cuda.get_device_name(chosen)}")
        torch.cuda.set_device(chosen)
    else:
        log("caffe.cpp:197", "Use CPU.")
    options = Options(
        chosen,
        settings.amp,
        settings.compile,
        settings.tf32,
        settings.sync_bn,
        settings.ignore_shape_mismatch,
        settings.extras,
        settings.layout,
    )
    if options.changed():
        log("caffe2torch:0", f"Options: {' '.join(options.changed())}")
    return options


def _solve(running: Solver, settings: Settings, folder: Path, log: Log) -> None:
    state = _chosen_state(running, settings, folder)
    if state:
        log("caffe.cpp:235", f"Resuming from {state}")
        running.restore(state)
    log("caffe.cpp:239", "Starting Optimization")
    first = running.iter
    try:
        running.solve()
    except Exception as error:
        # Nothing was learned, or the error of the process that failed first is still to come.
        if running.iter == first or (many(running) and not isinstance(error, C2TError)):
            raise
        log("caffe2torch:0", f"Iteration {running.iter}: {error}", "E")
        raise failure(running, settings, error) from error
    log("caffe.cpp:250", "Optimization Done.")


def _chosen_state(running: Solver, settings: Settings, folder: Path) -> str:
    """Return the solverstate to go on from, "" to begin anew. Raises: SolverError."""
    if settings.snapshot != "latest":
        return settings.snapshot
    prefix = running.param.snapshot_prefix
    path, skipped = snapshot_files.newest(snapshot_places(folder, prefix))
    for text in skipped:
        running.watchers.note(text)
    if path is None:
        what = f"no snapshot begins with {prefix}_iter_"
        if skipped:
            what = f"no snapshot of {prefix} is whole: {'; '.join(skipped)}"
        raise SolverError(what, hint="leave out --snapshot to begin anew")
    return path


def failure(running: Solver, settings: Settings, error: Exception) -> RunError:
    """Write a snapshot of what was learned; return the error with the command that goes on.

    The iteration that failed is not in it: it holds the updates that were done before.
    """
    path = rescue(running)
    hint = f"stopped at iteration {running.iter}"
    hint += f"; to go on: {settings.resume_command(path)}" if path else ", without a snapshot"
    if isinstance(error, C2TError):
        old = f"{error.hint}; " if error.hint else ""
        return RunError(error.message, span=error.span, hint=f"{old}{hint}")
    kind = "" if isinstance(error, OSError) else f"{type(error).__name__}: "
    return RunError(f"{kind}{snapshot.reason(error)}", hint=hint)


def rescue(running: Solver) -> str:
    """Write a snapshot if there is none of this iteration; return the newest, "" for none.

    One of several processes cannot: the others are in the middle of a step.
    """
    written = running.state.snapshots
    if many(running):
        return next((p for _, p in snapshot_files.listed(running.param.snapshot_prefix)), "")
    here = f"_iter_{running.iter}.solverstate"
    if not any(here in path for path in written):
        with suppress(Exception):  # the first error is the one to be told
            running.snapshot()
    return written[-1] if written else ""


def many(running: Solver) -> bool:
    """Whether several processes train together."""
    return running.state.ranks.world > 1


def _closing_words(
    running: Solver, settings: Settings, folder: Path, echo: Callable[[str], None]
) -> None:
    """Draw the curve and tell where everything is."""
    files = [name for name in FILES if name != "curve.png" or _draw(running, folder)]
    unless_quiet(echo)(f"run folder {printable(str(folder))}: {', '.join(files)}")
    if running.stopped and running.state.snapshots:
        command = settings.resume_command(running.state.snapshots[-1])
        echo(f"stopped at iteration {running.iter}; to go on:")
        echo(f"  {printable(command)}")


def _draw(running: Solver, folder: Path) -> bool:
    """Draw the curve; what cannot be drawn is no reason to fail."""
    try:
        marks = findings(folder / EVENTS)
        return draw(folder / "metrics.csv", folder / "curve.png", running.train.graph.name, marks)
    except OSError as error:
        running.watchers.note(snapshot.reason(error))
        return False
