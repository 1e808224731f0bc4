"""Writes a file aside and puts it in place when it is whole."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from caffe2torch import inputs


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a path beside `path` to write to; it replaces `path` when the block succeeds.

    Nothing is left behind when the block raises, and `path` is then as it was.

    Raises: OSError if the folder is missing, cannot be written, or lies outside of the sandbox.
    """
    inputs.confine(path)
    target = Path(path)
    aside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield aside
        aside.replace(target)
    except OSError as error:
        if error.filename is None or str(error.filename) == str(aside):
            error.filename = str(target)  # the name that the user knows
        raise
    finally:
        with suppress(OSError):  # where nothing can be written, nothing was left behind
            aside.unlink()


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
