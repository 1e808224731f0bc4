"""One `c2t train` from the file to the exit code: read, build, train, draw.

Source: Caffe tools/caffe.cpp, train
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from caffe2torch.config import checks
from caffe2torch.errors import SolverError
from caffe2torch.format import upgrade
from caffe2torch.module.options import Options
from caffe2torch.train import devices, metrics, snapshot_files
from caffe2torch.train.distributed import Ranks
from caffe2torch.train.log import Log, log_to
from caffe2torch.train.settings import Settings, read
from caffe2torch.train.signals import Signals
from caffe2torch.train.solver import Solver
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

    Raises: C2TError for what cannot be trained.
    """
    ranks = ranks or Ranks()
    solver = read(settings)
    prefix = checks.set_prefix(solver)
    checks.check_writable(solver)
    watchers = Watchers(watchers)
    with _run_folder(settings, solver, ranks) as (folder, log):
        if prefix:
            log(f"upgrade_proto.cpp:{1108 if 'was not' in prefix else 1113}", prefix)
        options = _options(settings, solver, log, watchers, ranks)
        if ranks.first:
            watchers.append(metrics.Metrics(folder / "metrics.csv"))
        with Signals(settings.sigint_effect, settings.sighup_effect) as signals:
            running = Solver(solver, options, log, [*watchers, signals], ranks)
            try:
                _solve(running, settings, log)
            finally:
                running.close()
        if ranks.first:
            _closing_words(running, settings, folder, echo)
    return STOPPED if running.stopped else DONE


@contextmanager
def _run_folder(
    settings: Settings, solver: upgrade.Solver, ranks: Ranks
) -> Iterator[tuple[Path, Log]]:
    """Make the folder of the run and open its log; a run that goes on keeps what is there."""
    folder = Path(settings.run_dir or f"{solver.message.snapshot_prefix}_run")
    if not ranks.first:
        yield folder, Log()
        return
    try:
        folder.mkdir(parents=bool(settings.run_dir), exist_ok=True)
        if not settings.snapshot:
            for name in ("train.log", "metrics.csv", "curve.png"):
                (folder / name).unlink(missing_ok=True)
        extra = [settings.log] if settings.log else []
        with log_to(folder / "train.log", *extra) as log:
            yield folder, log
    except OSError as error:
        if Path(str(error.filename)).parent not in (folder, folder.parent):
            raise
        raise SolverError(
            f"the run folder {folder} cannot be written: {error.strerror}",
            hint="name another one with --run-dir",
        ) from None


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
    )
    if options.changed():
        log("caffe2torch:0", f"Options: {' '.join(options.changed())}")
    return options


def _solve(running: Solver, settings: Settings, log: Log) -> None:
    state = settings.snapshot
    if state == "latest":
        state = snapshot_files.latest(running.param.snapshot_prefix) or ""
    if settings.snapshot and not state:
        raise SolverError(
            f"no snapshot begins with {running.param.snapshot_prefix}_iter_",
            hint="leave out --snapshot to begin anew",
        )
    if state:
        log("caffe.cpp:235", f"Resuming from {state}")
        running.restore(state)
    log("caffe.cpp:239", "Starting Optimization")
    running.solve()
    log("caffe.cpp:250", "Optimization Done.")


def _closing_words(
    running: Solver, settings: Settings, folder: Path, echo: Callable[[str], None]
) -> None:
    """Draw the curve and tell where everything is."""
    picture = folder / "curve.png"
    drawn = metrics.draw(folder / "metrics.csv", picture, running.train.graph.name)
    files = ["train.log", "metrics.csv"] + (["curve.png"] if drawn else [])
    echo(f"run folder {folder}: {', '.join(files)}")
    state = snapshot_files.latest(running.param.snapshot_prefix)
    if running.stopped and state:
        echo(f"stopped at iteration {running.iter}; to go on:\n  {settings.resume_command(state)}")
