"""The folder of a run: its log, and the locks that keep two runs out of each other's files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from caffe2torch import caffe_pb2 as pb
from caffe2torch import inputs
from caffe2torch.errors import SolverError
from caffe2torch.lock import locked
from caffe2torch.train.log import Log, log_to
from caffe2torch.train.settings import Settings

FILES = ("train.log", "metrics.csv", "curve.png")
EVENTS = "events.jsonl"
"""What the monitor saw; there is none without it."""
ABOUT, LINT, INPUTS = "run.json", "lint.txt", "inputs.png"
"""Command and machine; what the lint said, if anything; images that the net got (monitor full)."""
LINT_HEAD = "# what c2t lint said before this run"
"""The first line of lint.txt, by which it is known to be ours."""


def folder_of(settings: Settings, param: pb.SolverParameter) -> Path:
    """Return where log, metrics and curve go: --run-dir, or beside the snapshots."""
    return Path(settings.run_dir or f"{param.snapshot_prefix}_run")


@contextmanager
def opened(
    settings: Settings, param: pb.SolverParameter, note: Callable[[str], None]
) -> Iterator[Log]:
    """Make the folder of a run, lock it and its snapshots, and yield its log.

    A run that goes on keeps what is in the folder.

    Raises: SolverError if the folder cannot be written, or another run is at work there.
    """
    folder = folder_of(settings, param)
    with ExitStack() as held:
        try:
            inputs.confine(folder)
            _lock_snapshots(held, param)
            folder.mkdir(parents=bool(settings.run_dir), exist_ok=True)
            hint = "wait for its end, or name another folder with --run-dir"
            held.enter_context(locked(folder / ".lock", f"the run folder {folder}", hint))
            if not settings.snapshot:
                for name in (*FILES, EVENTS, ABOUT, LINT, INPUTS):
                    (folder / name).unlink(missing_ok=True)
            extra = [settings.log] if settings.log else []
            log = held.enter_context(log_to(folder / "train.log", *extra, note=note))
        except OSError as error:
            if Path(str(error.filename)).parent not in (folder, folder.parent):
                raise
            raise SolverError(
                f"the run folder {folder} cannot be written: {error.strerror}",
                hint="name another one with --run-dir",
            ) from None
        yield log


def _lock_snapshots(held: ExitStack, param: pb.SolverParameter) -> None:
    """Lock the snapshots of a prefix, for two runs may have one prefix and two folders."""
    if not (param.snapshot or param.snapshot_after_train):
        return
    folder, name = os.path.split(param.snapshot_prefix)
    what = f"the snapshot_prefix {param.snapshot_prefix}"
    hint = "wait for its end, or write another snapshot_prefix"
    held.enter_context(locked(Path(folder) / f".{name}_iter.lock", what, hint))


def snapshot_places(folder: Path, prefix: str) -> list[str]:
    """Return the prefixes under which a run's snapshots may lie: its own, then in its folder."""
    return list(dict.fromkeys([prefix, str(folder / _name(prefix))]))


def fallbacks(folder: Path, prefix: str) -> list[str]:
    """Return where snapshots go if their own place cannot be written."""
    _, *others = snapshot_places(folder, prefix)
    return [*others, str(Path(tempfile.gettempdir(), f"{_name(prefix)}_{os.getpid()}"))]


def _name(prefix: str) -> str:
    return os.path.split(prefix)[1] or "snapshot"
