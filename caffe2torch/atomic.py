"""Writes a file aside and puts it in place when it is whole; reads only what is a file.

A device such as /dev/zero never ends, and a named pipe waits for ever: neither is read.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a path beside `path` to write to; it replaces `path` when the block succeeds.

    Nothing is left behind when the block raises, and `path` is then as it was.

    Raises: OSError if the folder is missing or cannot be written.
    """
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


def read_regular(path: str | os.PathLike[str]) -> bytes:
    """Return the content of a file. Raises OSError, also if it is a device, pipe or folder."""
    file = Path(path)
    mode = file.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # reading a folder has its own error
        raise OSError(errno.EINVAL, "it is a device or a pipe, not a file", str(path))
    return file.read_bytes()
