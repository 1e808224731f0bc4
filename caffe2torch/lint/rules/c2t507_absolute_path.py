r"""A path that only one machine has.

What it does: looks for absolute paths (/home/..., C:\...), and for backslashes, in the solver and
in the data layers.

Why: the config works on the machine where it was written and nowhere else. Caffe takes relative
paths from the working directory; caffe2torch also looks beside the prototxt. An info.
Source: Caffe src/caffe/util/io.cpp: paths are opened as they are written.

Bad::

    source: "/home/somebody/caffe/data/train_lmdb"

Good::

    source: "data/train_lmdb"

Fix: a path below the folder of its file becomes relative to it. Unsafe: Caffe finds it only when it
is started in that folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from caffe2torch.errors import Span
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "info"
RANK = 91

SOLVER_FIELDS = ("net", "train_net", "snapshot_prefix")
_ABSOLUTE = re.compile(r"[/~]|[A-Za-z]:[\\/]|\\\\")


@dataclass(frozen=True)
class _Path:
    """A path, its place, and how to write another one there."""

    value: str
    span: Span | None
    edits: list[FileEdit]


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for all paths of this machine only."""
    found = [p for p in _paths(c) if _ABSOLUTE.match(p.value) or "\\" in p.value]
    unique = {path.value: path for path in reversed(found)}
    if not unique:
        return
    names = ", ".join(f'"{value}"' for value in list(reversed(unique))[:3])
    more = f" and {len(unique) - 3} more" if len(unique) > 3 else ""
    edits = list(dict.fromkeys(edit for path in found for edit in path.edits))
    yield Finding(
        f"{names}{more}: absolute paths are there on one machine only",
        found[0].span,
        hint="write them relative to the working directory, or to the prototxt",
        fix=Fix("relative paths", tuple(edits)) if edits else None,
    )


def _paths(c: Context) -> Iterator[_Path]:
    if c.is_solver:
        for name in SOLVER_FIELDS:
            value = getattr(c.param, name)
            new = _relative(value, c.solver.file)
            edits = fix.put_solver(c.solver, name, f'"{new}"') if value and new else []
            yield _Path(value, c.span(name), edits)
    for use in c.uses if c.known_nets else []:
        for source in use.sources:
            for path in (
                f"{source.field}.source",
                "transform_param.mean_file",
                f"{source.field}.root_folder",
            ):
                outer, _, name = path.partition(".")
                value = str(getattr(getattr(source.layer, outer), name, ""))
                new = _relative(value, use.net.file)
                edits = (
                    fix.put_layer(use.net, source.index, path, f'"{new}"') if value and new else []
                )
                yield _Path(value, source.span(path), edits)


def _relative(value: str, file: str) -> str:
    """The path from the folder of `file`, "" if it does not lie below."""
    folder = Path(file).absolute().parent
    if not value.startswith("/") or not Path(value).is_relative_to(folder):
        return ""
    return Path(os.path.relpath(value, folder)).as_posix()
