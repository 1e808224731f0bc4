"""Upgrades every net and solver of some folders where it stands."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from caffe2torch.atomic import replacing
from caffe2torch.errors import C2TError, DataError
from caffe2torch.format import schema, upgrade
from caffe2torch.format.upgrade.rewrite import rewritten

KINDS = ("net", "weights", "solver")
UPGRADED, CURRENT, SKIPPED, FAILED = "upgraded", "current", "skipped", "failed"


@dataclass
class Outcome:
    """What became of one file; `problems` are fields that have no place in the present format."""

    path: Path
    state: str
    words: str = ""
    problems: list[str] = field(default_factory=list)


def run(
    paths: Iterable[Path], kind_of: Callable[[Path], str], backup: bool = False
) -> Iterator[Outcome]:
    """Upgrade the files, and those in the folders, one after the other.

    kind_of: says what a file is: "net", "weights" (a net with weights), "solver", or anything
             else, which is skipped. May raise C2TError.
    backup:  keep each file that changes as FILE.bak, FILE.bak.1, ...

    A file is replaced when its successor is whole, so that an interrupt leaves the old or the new.
    Links are followed to files, whose links stay; folders are not entered through links, nor
    hidden ones at all. Files without permission to write are left alone.

    Raises: DataError, before anything is written, for a path that does not exist.
    """
    given = list(paths)
    for path in given:
        if not path.exists():
            raise DataError(f"{path} does not exist")
    return _run(given, kind_of, backup)


def _run(paths: list[Path], kind_of: Callable[[Path], str], backup: bool) -> Iterator[Outcome]:
    done: set[Path] = set()
    for path, root in _files(paths):
        real = path.resolve()
        if real in done:
            continue
        done.add(real)
        reason = _left_alone(path, real, root)
        if reason:
            yield Outcome(path, SKIPPED, reason)
            continue
        try:
            kind = kind_of(path)
        except C2TError as error:
            yield Outcome(path, SKIPPED if root else FAILED, str(error))
            continue
        yield _tried(path, real, kind, backup)


def _tried(path: Path, real: Path, kind: str, backup: bool) -> Outcome:
    if kind not in KINDS:
        return Outcome(path, SKIPPED, f"no net or solver{kind and f', but {kind}'}")
    try:
        return _one(path, real, kind, backup)
    except C2TError as error:
        return Outcome(path, FAILED, str(error))
    except OSError as error:
        return Outcome(path, FAILED, f"{path}: {error.strerror or error}")


def _files(paths: list[Path]) -> Iterator[tuple[Path, Path | None]]:
    """Yield each file, with the folder that was named if it was found in one."""
    for path in paths:
        if not path.is_dir():
            yield path, None
            continue
        for folder, inner, names in os.walk(path):
            inner[:] = sorted(name for name in inner if not name.startswith("."))
            for name in sorted(names):
                yield Path(folder, name), path


def _left_alone(path: Path, real: Path, root: Path | None) -> str:
    """Why a file that was found in a folder is not looked at; "" if it is."""
    if root is None:
        return ""
    if not path.is_file():
        return "no file"
    if path.is_symlink() and not real.is_relative_to(root.resolve()):
        return "a link to a file outside the folder"
    stem, mark, number = path.name.rpartition(".bak")
    copy = bool(mark) and (not number or number[1:].isdigit())
    return "a backup" if copy and path.with_name(stem).exists() else ""


def _one(path: Path, real: Path, kind: str, backup: bool) -> Outcome:
    read = upgrade.read_solver(path) if kind == "solver" else upgrade.read_net(path, lenient=True)
    problems = getattr(read, "problems", [])
    if not read.notes:
        return Outcome(path, CURRENT)
    if not real.stat().st_mode & 0o222:
        raise DataError(f"{path} is read-only", hint="chmod u+w, then upgrade again")
    lost = ""
    if read.document is None:
        data = schema.serialized(read.message)
    else:
        text, kept = rewritten(read)
        lost = "" if kept else "; its comments are lost"
        data = text.encode("utf-8", "surrogateescape")
    with _kept(real, backup) as copy:
        _replace(real, data)
    words = f"{'solver' if kind == 'solver' else 'net'}{lost}"
    return Outcome(path, UPGRADED, f"{words}, before in {copy.name}" if copy else words, problems)


@contextmanager
def _kept(path: Path, wanted: bool) -> Iterator[Path | None]:
    """Copy a file beside itself under a free name; the copy goes if the block fails."""
    if not wanted:
        yield None
        return
    copy, number = path.with_name(f"{path.name}.bak"), 0
    while copy.exists() or copy.is_symlink():
        number += 1
        copy = path.with_name(f"{path.name}.bak.{number}")
    with replacing(copy) as aside:
        shutil.copy2(path, aside)
    try:
        yield copy
    except BaseException:
        copy.unlink()
        raise


def _replace(path: Path, data: bytes) -> None:
    """Put a new content in place of the old, with its permissions."""
    with replacing(path) as aside:
        aside.write_bytes(data)
        shutil.copymode(path, aside)
