"""Writes a file or a folder aside and puts it in place when it is whole."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from caffe2torch import inputs
from caffe2torch.lock import is_locked, locked

PART, LOCK, OLD = ".part", "lock", "old"
"""The end of a folder that is written aside; in it its lock, and what it is about to replace."""
NEW = 60.0
"""Seconds in which a folder without a lock may be one that was made just now."""


_QUOTED = re.compile(r"\berrno = (\d+)")
"""What the system said, in the words of the HDF5 library."""


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a path beside `path` to write to; it replaces `path` when the block succeeds.

    Nothing is left behind when the block raises, and `path` is then as it was.

    Raises: OSError if the folder is missing, cannot be written, or lies outside of the sandbox, and
        for a device or pipe, which must not become a file.
    """
    inputs.confine(path)
    target = Path(path)
    _refuse_special(target)
    aside = target.with_name(f".{target.name}.{os.getpid()}.part")
    with suppress(FileNotFoundError):
        aside.unlink()  # a link there would lead the bytes elsewhere
    try:
        yield aside
        aside.replace(target)
    except OSError as error:
        quoted = _QUOTED.search(str(error))
        if quoted:
            raise OSError(int(quoted[1]), os.strerror(int(quoted[1])), str(target)) from None
        if error.filename is None or str(error.filename) == str(aside):
            error.filename = str(target)  # the name that the user knows
        raise
    finally:
        with suppress(OSError):  # where nothing can be written, nothing was left behind
            aside.unlink()


def _refuse_special(path: Path) -> None:
    """Raise OSError for what is neither file nor folder: root could replace /dev/null."""
    with suppress(FileNotFoundError, NotADirectoryError):
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise OSError(errno.EINVAL, "it is a device or pipe, not a file", str(path))


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Yield a new folder aside; it replaces what is at `path` when the block succeeds.

    Nothing is left behind when the block raises, and `path` is then as it was. If the process is
    killed, the next one that writes `path` removes what was left.

    Raises: OSError if a folder cannot be written, or lies outside of the sandbox.
    """
    _refuse_special(path)
    with folders_above(path), staged(path) as stage:
        new = stage / path.name
        new.mkdir()
        yield new
        if os.path.lexists(path):
            (stage / OLD).mkdir()
            path.rename(stage / OLD / path.name)
        new.rename(path)


@contextmanager
def staged(target: Path, family: str = "") -> Iterator[Path]:
    """Yield a new folder beside `target`, which no other process takes for a dead one's.

    What dead processes left of `target` is removed before, the folder itself afterwards.

    family: beginning of the names of what is swept up, if that is more than `target`

    Raises: OSError naming `target` where it was the folder aside.
    """
    inputs.confine(target)
    stage = None
    try:
        sweep(target.parent, f".{family or f'{target.name}.'}")
        beginning = f".{target.name}.{os.getpid()}."
        stage = Path(tempfile.mkdtemp(PART, beginning, target.parent))
        with locked(stage / LOCK, str(stage), ""):
            yield stage
    except OSError as error:
        if _is_aside(error.filename, stage):
            error.filename = str(target)  # the name that the user knows
        raise
    finally:
        _remove(stage)


@contextmanager
def folders_above(path: Path) -> Iterator[None]:
    """Make the folders above `path` that are missing; if the block raises, they go again."""
    inputs.confine(path)
    missing = [folder for folder in path.parents if not folder.exists()]
    try:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except FileExistsError:  # as the system itself says of a file that is no folder
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path)) from None
        yield
    except BaseException:
        for folder in missing:
            with suppress(OSError):  # something else lies in it
                folder.rmdir()
        raise


def _is_aside(filename: object, stage: Path | None) -> bool:
    """Whether an error names nothing that the user knows."""
    return filename is None or stage is None or str(filename).startswith(str(stage))


def sweep(folder: Path, prefix: str) -> None:
    """Remove what processes that are gone have left half-written; put back what they replaced."""
    for left in folder.iterdir():
        named = left.name.startswith(prefix) and left.name.endswith(PART)
        if named and left.is_dir() and not _is_written(left):
            _remove(left)


def _is_written(stage: Path) -> bool:
    """Whether a living process writes into a folder: it holds the lock, or has just made it."""
    try:
        if not (stage / LOCK).stat().st_size:  # made, but not held yet
            return time.time() - (stage / LOCK).stat().st_mtime < NEW
        return is_locked(stage / LOCK)
    except FileNotFoundError:
        with suppress(FileNotFoundError):
            return time.time() - stage.stat().st_mtime < NEW
        return True  # it has gone just now
    except OSError:
        return True  # not ours to remove


def _remove(stage: Path | None) -> None:
    """Remove a folder that was written aside, but for what was to be replaced and was not."""
    if stage is None:
        return
    for old in (stage / OLD).glob("*"):
        target = stage.parent / old.name
        if not os.path.lexists(target):
            old.rename(target)
    shutil.rmtree(stage, ignore_errors=True)


def sync(path: str | os.PathLike[str]) -> None:
    """Have a file, or the names in a folder, written to the disk, so that they outlast a power cut.

    Raises: OSError where the disk is full or broken, which some file systems find out only now.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):  # cannot sync folders
            error.filename = os.fspath(path)
            raise
    finally:
        os.close(handle)
