"""One `c2t train` from the file to the exit code: lint, read, build, train, draw.

Source: Caffe tools/caffe.cpp, train
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path

import torch

from caffe2torch import upgrade
from caffe2torch.errors import SolverError
from caffe2torch.solver import checks, curve, device, resume
from caffe2torch.solver.log import Log, log_to
from caffe2torch.solver.loop import Solver
from caffe2torch.solver.metrics import Metrics
from caffe2torch.solver.options import Options
from caffe2torch.solver.ranks import Ranks
from caffe2torch.solver.signals import Requests
from caffe2torch.solver.watch import Watcher

DONE, STOPPED = 0, 1


@dataclass(frozen=True)
class Settings:
    """The options of `c2t train`, as its help describes them."""

    solver: str
    snapshot: str = ""
    weights: str = ""
    max_iter: int | None = None
    device: str = ""
    gpus: str = ""
    procs: int = 1
    level: int = 0
    stages: tuple[str, ...] = ("",)
    sigint_effect: str = "stop"
    sighup_effect: str = "snapshot"
    ignore_shape_mismatch: bool = False
    amp: str = ""
    compile: bool = False
    tf32: bool = False
    sync_bn: bool = False
    run_dir: str = ""
    log: str = ""

    def arguments(self) -> list[str]:
        """Return the command line that gives these settings."""
        words = [self.solver]
        for field in fields(self):
            value = getattr(self, field.name)
            option = f"--{field.name.replace('_', '-')}"
            if field.name == "stages":
                words += ["--stage", ",".join(value)] if any(value) else []
            elif field.name != "solver" and value != field.default:
                words += [option] if value is True else [option, str(value)]
        return words

    def resume_command(self, state: str) -> str:
        """Return the command that goes on from a snapshot with the same settings."""
        return shlex.join(["c2t", "train", *replace(self, snapshot=state, weights="").arguments()])


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
    watchers = list(watchers)
    with _run_folder(settings, solver, ranks) as (folder, log):
        if prefix:
            log(f"upgrade_proto.cpp:{1108 if 'was not' in prefix else 1113}", prefix)
        options = _options(settings, solver, log, watchers, ranks)
        if ranks.first:
            watchers.append(Metrics(folder / "metrics.csv"))
        with Requests(settings.sigint_effect, settings.sighup_effect) as requests:
            running = Solver(solver, options, log, watchers, ranks, requests)
            try:
                _solve(running, settings, log)
            finally:
                running.close()
        if ranks.first:
            _closing_words(running, settings, folder, echo)
    return STOPPED if running.stopped else DONE


def read(settings: Settings) -> upgrade.Solver:
    """Read the solver and write the flags into it, as `caffe train` does.

    Raises: SolverError for --snapshot together with --weights; what reading raises.
    """
    if settings.snapshot and settings.weights:
        raise SolverError(
            "--snapshot and --weights exclude each other",
            hint="--snapshot goes on with a run, --weights begins one from trained weights",
        )
    solver = upgrade.read_solver(settings.solver)
    message = solver.message
    if settings.max_iter is not None:
        message.max_iter = settings.max_iter
    if message.train_state.level and message.train_state.level != settings.level:
        solver.notes.append(
            f"train_state.level {message.train_state.level} gives way to --level "
            f"{settings.level}, as in caffe train"
        )
    message.train_state.level = settings.level
    message.train_state.stage.extend(settings.stages)
    if settings.snapshot or settings.weights:
        message.ClearField("weights")
    if settings.weights:
        message.weights.append(settings.weights)
    return solver


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
    watchers: list[Watcher],
    ranks: Ranks,
) -> Options:
    def note(text: str) -> None:
        for watcher in watchers:
            watcher.on_note(text)

    chosen = ranks.device or device.choose(settings.device, solver.message, note)
    if chosen.type == "cuda":
        log("caffe.cpp:204", f"Using GPUs {', '.join(map(str, range(ranks.world)))}")
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
        state = resume.latest(running.param.snapshot_prefix) or ""
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
    drawn = curve.draw(folder / "metrics.csv", picture, running.train.graph.name)
    files = ["train.log", "metrics.csv"] + (["curve.png"] if drawn else [])
    echo(f"run folder {folder}: {', '.join(files)}")
    state = resume.latest(running.param.snapshot_prefix)
    if running.stopped and state:
        echo(f"stopped at iteration {running.iter}; to go on:\n  {settings.resume_command(state)}")
