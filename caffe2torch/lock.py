"""One run in one place: a lock file that is let go when its process ends, however that ends.

The lock is the kernel's (flock), not the file: a file that a killed process has left is no lock.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from caffe2torch.errors import SolverError

NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)
"""What a file system answers that has no locks; a run there goes on without one."""

NO_FILE = (errno.ELOOP, errno.EMLINK, errno.EISDIR, errno.ENXIO, errno.ENODEV)
"""What opening a link, a folder, a socket or a device answers."""
HEAD = "process "
"""How a lock file begins that names its holder."""


@contextmanager
def locked(path: Path, what: str, hint: str) -> Iterator[None]:
    """Hold the lock file `path` while the block runs, and remove it afterwards.

    what, hint: what is locked and how to do without it, for the message

    Raises: SolverError naming the process that holds it; OSError if it cannot be made.
    """
    handle = _take(path, lambda holder: SolverError(f"{what} is in use by {holder}", hint=hint))
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()
        os.close(handle)


def is_locked(path: Path) -> bool:
    """Whether some process holds the lock file `path`. Raises: FileNotFoundError if it is gone."""
    handle = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _take(path: Path, refusal: Callable[[str], SolverError]) -> int:
    """Return an open file that holds the lock, and that `path` still names."""
    while True:
        handle = _open(path)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 200).decode("utf-8", "replace").strip()
            os.close(handle)
            raise refusal(holder or "another process") from None
        except OSError as error:
            if error.errno not in NO_LOCKS:
                os.close(handle)
                raise
        if _names(path, handle):
            os.truncate(handle, 0)
            os.write(handle, f"{HEAD}{os.getpid()} on {socket.gethostname()}\n".encode())
            return handle
        os.close(handle)  # its holder has ended and removed it just now


def _open(path: Path) -> int:
    """Open a lock file, or make it: what is there and is none of ours is not written to.

    A link would lead the few bytes of a lock into any file of the user's, another name of that
    file likewise.

    Raises: SolverError if it is something else; OSError.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)
    except OSError as error:
        if error.errno in NO_FILE:
            raise _foreign(path) from None
        raise
    head = HEAD.encode()
    if stat.S_ISREG(os.fstat(handle).st_mode) and os.pread(handle, len(head), 0) in (b"", head):
        return handle
    os.close(handle)
    raise _foreign(path)


def _foreign(path: Path) -> SolverError:
    return SolverError(f"{path} is not the lock file of a run", hint="remove it")


def _names(path: Path, handle: int) -> bool:
    """Whether a path still leads to an open file."""
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False
