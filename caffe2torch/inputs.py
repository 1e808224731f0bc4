"""The one place that opens what somebody names for reading.

A device such as /dev/zero never ends, a named pipe waits for ever and a socket has no content of
its own: a path that leads to one is refused before it is opened. With C2T_SANDBOX, which
`c2t --sandbox DIR` sets, what lies outside of that folder is refused too, links followed.

"-" is standard input, which is copied aside once, so that it can be read again and from any place.

Libraries that open files themselves (h5py, lmdb, tarfile, torch) get paths that `check` allowed.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path
from typing import Any, BinaryIO

from caffe2torch.terminal import detail

SANDBOX = "C2T_SANDBOX"
"""Names the folder that reads and writes are confined to; unset or "" for none."""
STDIN = "-"
"""In place of a path: standard input."""
LIMIT = 1 << 31
"""Bytes that are read at once: as many as protobuf takes. Weights are read piecewise instead."""
_KINDS = (
    (stat.S_ISDIR, "folder", errno.EISDIR),
    (stat.S_ISFIFO, "named pipe", errno.EINVAL),
    (stat.S_ISSOCK, "socket", errno.EINVAL),
)


def check(path: str | os.PathLike[str]) -> None:
    """Refuse what is no regular file, and what the sandbox does not hold.

    Raises: OSError, FileNotFoundError among them, with the reason as its strerror.
    """
    name = os.fspath(path)
    if name == STDIN:
        return
    if "\0" in name:
        raise OSError(errno.EINVAL, "its name holds a zero byte", name.replace("\0", "\\0"))
    mode = os.stat(name).st_mode  # noqa: PTH116  the name may be of any kind
    if not stat.S_ISREG(mode):
        kinds = ((what, code) for test, what, code in _KINDS if test(mode))
        what, code = next(kinds, ("device", errno.EINVAL))
        raise OSError(code, f"it is a {what}, not a file", name)
    confine(name)


def confine(path: str | os.PathLike[str]) -> None:
    """Refuse a path that leads out of the sandbox, if there is one. Raises: OSError."""
    folder = os.environ.get(SANDBOX)
    if not folder or os.fspath(path) == STDIN:
        return
    root, place = Path(folder).resolve(), Path(path).resolve()
    if not place.is_relative_to(root):
        raise OSError(errno.EACCES, f"it lies outside of the sandbox {folder}", os.fspath(path))


def opened(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a file to read its bytes. Raises: OSError as `check` does."""
    check(path)
    detail(f"reads {os.fspath(path)}")
    return Path(place(path)).open("rb")


_copy: list[Any] = []
"""Standard input as it was when it was copied, and the file that holds the copy."""


def place(path: str | os.PathLike[str]) -> str:
    """Where the bytes of a path lie, for libraries that open it; standard input in a copy."""
    if os.fspath(path) != STDIN:
        return os.fspath(path)
    if not _copy or _copy[0] is not sys.stdin:
        import shutil  # not at start-up, which every command would wait for
        import tempfile

        file = tempfile.NamedTemporaryFile(prefix="c2t-")  # noqa: SIM115  kept to the end
        shutil.copyfileobj(sys.stdin.buffer, file)
        file.flush()
        _copy[:] = [sys.stdin, file]
    return str(_copy[1].name)


def called(text: str) -> str:
    """The text of a message with standard input called "-", and not by where its copy lies."""
    return text.replace(str(_copy[1].name), STDIN) if _copy else text


def read(path: str | os.PathLike[str], limit: int = LIMIT) -> bytes:
    """Return the content of a file, of at most `limit` bytes. Raises: OSError as `check` does."""
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > limit:
            what = f"it has {size:,} bytes, and at most {limit:,} are read"
            raise OSError(errno.EFBIG, what, os.fspath(path))
        return file.read(limit)


def parse_json(text: str | bytes) -> Any:
    """Return what JSON says. Raises: ValueError if it is none, or nested beyond Python's depth."""
    import json  # not at start-up, which every command would wait for

    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def read_text(path: str | os.PathLike[str], errors: str = "strict") -> str:
    """Return a file as text in UTF-8, without a byte order mark.

    Raises: OSError as `check` does; UnicodeDecodeError, a ValueError, unless `errors` allows it.
    """
    return read(path).decode("utf-8-sig", errors)
