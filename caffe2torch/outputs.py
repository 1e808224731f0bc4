"""Where a run may write what a file of a net names, and what it may replace there.

A solver names the prefix of its snapshots, an HDF5Output layer a file. Both come with the files of
somebody, so they reach no further than the command says: the working directory, the folder of the
solver or net, and folders that the command line names. What is there already is replaced only if it
is of the kind that is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from caffe2torch import inputs
from caffe2torch.errors import C2TError


@dataclass(frozen=True)
class Permit:
    """What a command allows: folders to write to, other ones too, and to replace any file."""

    folders: tuple[Path, ...]
    outside: bool = False
    force: bool = False

    @classmethod
    def beside(cls, file: str, outside: bool = False, force: bool = False) -> Permit:
        """To write to the working directory and to the folder of a file."""
        return cls((Path.cwd(), Path(file).resolve().parent), outside, force)


_permits: list[Permit] = []


@contextmanager
def permitted(permit: Permit) -> Iterator[None]:
    """Hold what is written in the block to a permit; without one, only files are looked at."""
    _permits.append(permit)
    try:
        yield
    finally:
        _permits.pop()


def check(path: str, what: str, is_known: Callable[[Path], bool]) -> None:
    """Refuse a path that is not to be written to, or that holds what is not to be replaced.

    what:     names the field that holds the path
    is_known: whether a file that is there is of the kind that is written

    Raises: C2TError; OSError for what the sandbox does not hold.
    """
    if "\0" in path:
        raise C2TError(f'{what} "{path}" is no name of a file', hint="write it without \\0")
    permit = _permits[-1] if _permits else None
    place = Path(path).resolve()
    if permit and not permit.outside and not any(map(place.is_relative_to, permit.folders)):
        raise C2TError(
            f'{what} "{path}" leads out of {_listed(permit.folders)}',
            hint="--allow-outside writes there; or name a folder below",
        )
    inputs.confine(path)
    if not place.exists() or (permit and permit.force):
        return
    if not place.is_file() or not is_known(place):
        raise C2TError(
            f'{what} "{path}": a file of another kind is there already',
            hint="move it away, write another name, or replace it with --force",
        )


def _listed(folders: tuple[Path, ...]) -> str:
    names = list(dict.fromkeys(map(str, folders)))
    return " and ".join(names) if len(names) < 3 else ", ".join(names)


def starts_with(*beginnings: bytes) -> Callable[[Path], bool]:
    """What tells a kind of file by its first bytes; an empty file is of any kind."""

    def is_known(path: Path) -> bool:
        with inputs.opened(path) as file:
            head = file.read(max(map(len, beginnings)))
        return not head or head.startswith(beginnings)

    return is_known
