"""One `c2t train` from the file to the exit code: lint, read, build, train, draw.

Source: Caffe tools/caffe.cpp, train

Ctrl-C and hang-ups: they are noted, and the loop acts when its step is finished.

Source: Caffe src/caffe/util/signal_handler.cpp; tools/caffe.cpp, sigint_effect, sighup_effect
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from caffe2torch.config import checks
from caffe2torch.errors import SolverError
from caffe2torch.format import upgrade
from caffe2torch.module.options import Options
from caffe2torch.train import metrics as curve
from caffe2torch.train import settings as device
from caffe2torch.train import snapshot as resume
from caffe2torch.train.distributed import Ranks
from caffe2torch.train.log import Log, log_to
from caffe2torch.train.loop import Solver
from caffe2torch.train.metrics import Metrics
from caffe2torch.train.settings import Settings, read
from caffe2torch.train.watch import Watcher

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


EFFECTS = ("stop", "snapshot", "none")
SHOW_CURSOR = "\x1b[?25h"


class Requests:
    """Turns signals into requests; used in a `with` statement around the training.

    Calling it returns what was asked for since the last call: "stop", "snapshot" or "".
    """

    def __init__(self, sigint: str = "stop", sighup: str = "snapshot") -> None:
        self.effects = {signal.SIGINT: sigint, signal.SIGHUP: sighup}
        self.pending: list[str] = []
        self.interrupts = 0
        self.stopped = False
        self._before: dict[int, Any] = {}

    def __call__(self) -> str:
        request = self.pending.pop(0) if self.pending else ""
        self.stopped = self.stopped or request == "stop"
        return request

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        self.interrupts += number == signal.SIGINT
        if self.interrupts > 1 and number == signal.SIGINT:
            # The user has no patience for a snapshot, or the step hangs.
            sys.stderr.write(f"{SHOW_CURSOR}\nended at once, without a snapshot\n")
            sys.stderr.flush()
            os._exit(1)
        effect = self.effects[signal.Signals(number)]
        if effect != "none":
            self.pending.append(effect)
        if number == signal.SIGINT and effect == "stop":
            sys.stderr.write("\nstopping after this step; Ctrl-C again ends at once\n")

    def __enter__(self) -> Requests:
        if threading.current_thread() is not threading.main_thread():
            return self  # Python leaves signals to the main thread
        for number in self.effects:
            self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
