"""The one search for a file that a solver or a net names.

Caffe opens a path as it is written, from the working directory. Where nothing lies there, the path
is looked for beside the file that names it, then below each folder above that one (a solver in
`models/x` may say `models/x/net.prototxt`), and last by its bare name beside the file, which is
how a folder looks that was taken out of somebody's Caffe. The last is a guess: who uses it says so.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from caffe2torch import inputs
from caffe2torch.format import strings


@dataclass(frozen=True)
class Place:
    """Where a path lies: what to open, and whether only its bare name was there."""

    path: str
    bare: bool = False


def locate(
    path: str,
    base: str | None = None,
    exists: Callable[[str], bool] = os.path.exists,
    bare: bool = True,
) -> Place | None:
    """Return where a path lies, None if nowhere.

    base:   the folder of the file that names it; None or "" for none, where only the working
            directory counts
    exists: what counts as being there
    bare:   whether the bare name beside the file will do; not for the lines of a list, of which
            several may end in one name
    """
    if not path:
        return None
    path = _written(path)
    for candidate in _candidates(path, base):
        if exists(candidate):
            return Place(candidate)
    name = bare_name(path)
    if not (bare and base and name):
        return None
    beside = str(Path(base, name))
    return Place(beside, bare=True) if exists(beside) else None


def resolve(path: str, base: str | None = None, bare: bool = True) -> str:
    """Return what to open for a path: where it lies, else as it is written, for the error."""
    place = locate(path, base, bare=bare)
    return place.path if place else _written(path)


def _written(path: str) -> str:
    """A path of a file as the system knows it; one that is called "-" is no standard input."""
    return "./-" if path == inputs.STDIN else strings.to_escapes(path)


def bare_name(path: str) -> str:
    """Return the last part of a path of any system; "" if that is no name."""
    name = re.split(r"[\\/]", path.rstrip("\\/"))[-1]
    return "" if name in (".", "..") else name


def places(path: str, base: str | None = None, bare: bool = True) -> str:
    """Say where `path` was looked for, for an error's hint; no folder is named twice."""
    name = bare_name(path) if bare else ""
    folder = Path(base).resolve() if base else None
    if Path(path).is_absolute():
        beside = folder and name and Path(path).parent.resolve() != folder
        return f"looked at {path}" + (f', and for "{name}" in {folder}' if beside else "")
    if folder is None:
        return f"looked in {Path.cwd()}"
    first = "" if folder == Path.cwd() else f"{Path.cwd()}, in "
    short = f' (for "{name}" too)' if name not in ("", path) else ""
    return f"looked in {first}{folder}{short} and in the folders above it"


def _candidates(path: str, base: str | None) -> Iterator[str]:
    """The path from the working directory, from `base`, and from each folder above `base`."""
    yield path
    if not base or Path(path).is_absolute():
        return
    yield str(Path(base, path))
    for folder in Path(base).absolute().parents:
        above = str(folder / path)
        yield above if Path(base).is_absolute() else os.path.relpath(above)
