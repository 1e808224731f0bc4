"""A database, list, mean file or weights file cannot be read.

What it does: looks for every file that the solver and the data layers name, where Caffe looks
(the working directory), beside the prototxt and in the folders above it, and opens what it finds.

Why: Caffe stops there. A missing path is a warning, because the config may be meant for another
machine; a file that exists and is not what it should be is an error. All missing paths are one
finding: they usually have one reason. It stands behind all others where none of the data is there,
or where they lie in somebody's home: then the config is linted away from its data.

Bad::

    data_param { source: "/home/somebody/train_lmdb" backend: LMDB }

Good::

    data_param { source: "train_lmdb" backend: LMDB }
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from caffe2torch.config.source import SourceUse
from caffe2torch.data.lists import labelled
from caffe2torch.data.paths import locate, places
from caffe2torch.errors import Span, plural
from caffe2torch.lint import data_layers
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "warning"
RANK = 15
MISSING, INSIDE, NONE, AWAY = 85, 60, 95, 96
"""Ranks behind what the text shows: some sources are missing, one is a file of a database, all are
missing, those of another machine."""
_ROOT = re.compile(r"/|~|[A-Za-z]:[\\/]")
_HOME = re.compile(r"/home/|/Users/|~|[A-Za-z]:[\\/]")
YIELDS_TO = ("C2T121",)

LOOKED_AT = 2000
"""Pictures of a list that are looked for, spread over all of it."""
ROOM = 70
"""Columns that missing paths may take in a headline."""


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for all paths that do not exist, and one for each broken file."""
    named = [(p, span, source.base) for source in c.sources for p, span in _paths(source)]
    missing = {p: span for p, span, base in named if locate(p, base) is None}
    if missing:
        yield _not_found(missing, {s.source for s in c.sources if s.source})
    for source in c.sources:
        yield from _broken(source, missing)
        yield from _pictures(source)
        yield from _file_of_a_database(source)
    for path in c.weights:
        if locate(path, c.base) is None:
            yield Finding(
                f'weights file "{path}" does not exist',
                c.solver.span("weights") if c.is_solver else None,
                "error",
                hint=places(path, c.base),
                why="training stops there",
                about="weights",
            )


def _pictures(source: SourceUse) -> Iterator[Finding]:
    """Yield a finding for a list some of whose pictures are not there."""
    if source.stats is None or source.type != "ImageData":
        return
    lines = labelled(source.source, source.base)
    step = max(1, len(lines) // LOOKED_AT)
    paths = [path for path, _ in lines[::step]]
    root = source.param.root_folder
    gone = [path for path in paths if locate(root + path, source.base, bare=False) is None]
    if gone:
        part = "" if step == 1 else f" (of {len(paths):,} that were looked at)"
        yield Finding(
            f'list "{source.source}" names {plural(len(gone), "picture")} that {_are(gone)} not '
            f"there{part}",
            source.span_param("source"),
            "error",
            hint="remove these lines, or put the pictures there",
            about=source.name,
            why=f'the first is "{gone[0]}"; training stops when it comes to one',
        )


def _are(paths: list[str]) -> str:
    return "is" if len(paths) == 1 else "are"


def _file_of_a_database(source: SourceUse) -> Iterator[Finding]:
    """Yield a finding for a source that is data.mdb itself: only here is its folder opened."""
    path = source.source.replace("\\", "/")
    folder, _, name = path.rpartition("/")
    if name == "data.mdb" and source.stats is not None:
        edits = data_layers.put([source], f"{source.field}.source", f'"{folder or "."}"')
        yield Finding(
            f'source "{source.source}" is a file of a database, not its folder',
            source.span_param("source"),
            "info",
            f'source: "{folder or "."}"',
            Fix(f'source: "{folder or "."}"', edits, safe=True) if edits else None,
            about=source.name,
            rank=INSIDE,
            why="it is read here; Caffe stops (not a directory)",
        )


def _paths(source: SourceUse) -> Iterator[tuple[str, Span | None]]:
    if source.source:
        yield source.source, source.span_param("source")
    if source.transform.mean_file:
        yield source.transform.mean_file, source.span("transform_param.mean_file")


def _not_found(missing: dict[str, Span | None], sources: set[str]) -> Finding:
    quoted = [f'"{path}"' for path in missing]
    names, others = ", ".join(quoted), ""
    if len(names) > ROOM and len(quoted) > 1:
        names = f"{quoted[0]} and {plural(len(quoted) - 1, 'other file')}"
        others = f"; nor {'does' if len(quoted) == 2 else 'do'} {', '.join(quoted[1:])}"
    verb = "does not exist" if len(missing) == 1 else "do not exist"
    return Finding(
        f"{names} {verb}",
        next(iter(missing.values())),
        hint="start in the folder that the paths are relative to",
        ways=("put the files beside the net",),
        why=f"nothing about the data could be checked, and Caffe would stop here{others}",
        about="source",
        rank=AWAY
        if all(map(_HOME.match, missing))
        else MISSING
        if sources - set(missing)
        else NONE,
    )


def _broken(source: SourceUse, missing: dict[str, Span | None]) -> Iterator[Finding]:
    """Yield what is wrong with files that do exist."""
    where = (
        ("source", source.source, source.stats, source.span_param("source")),
        ("mean", source.transform.mean_file, source.mean, source.span("transform_param.mean_file")),
    )
    for key, path, _, span in where:
        error = source.errors.get(key)
        if error is not None and path and path not in missing:
            yield Finding(error.message, span, "error", error.hint or "", about=source.name)
