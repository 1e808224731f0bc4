"""Writes a file aside and puts it in place when it is whole."""

from __future__ import annotations

import os
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
