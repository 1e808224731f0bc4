"""Where a path of a prototxt lies: in the working directory, or beside the file."""

from __future__ import annotations

from pathlib import Path


def resolve(path: str, base: str | None = None) -> str:
    """Return `path` if it exists as Caffe reads it, else beside `base` if it exists there.

    base: the folder of the net or solver file; None or "" for none. A path that exists in
    neither place is returned as it is, so that the error shows what the user wrote.
    """
    if not path or Path(path).exists() or Path(path).is_absolute():
        return path
    beside = Path(base or "", path)
    return str(beside) if beside.exists() else path


def places(path: str, base: str | None = None) -> str:
    """Say where `path` was looked for, for an error's hint."""
    if Path(path).is_absolute():
        return f"looked at {path}"
    if not base or Path(base).resolve() == Path.cwd():
        return f"looked in {Path.cwd()}"
    return f"looked in {Path.cwd()} and in {Path(base).resolve()}"
