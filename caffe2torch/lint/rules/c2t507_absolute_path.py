r"""A path that only one machine has.

What it does: looks for absolute paths (/home/..., C:\...), and for backslashes, in the solver and
in the data layers.

Why: the config works on the machine where it was written and nowhere else. Caffe takes relative
paths from the working directory; caffe2torch also looks beside the prototxt and in the folders
above it. An info.
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
from pathlib import Path

from caffe2torch.config.references import Reference, references
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "info"
RANK = 91

_ABSOLUTE = re.compile(r"[/~]|[A-Za-z]:[\\/]|\\\\")


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for all paths of this machine only."""
    solver = c.solver if c.is_solver else None
    named = references(solver, c.known_nets, c.files)
    away = [one for one in named if _ABSOLUTE.match(one.path) or "\\" in one.path]
    if not away:
        return
    paths = list(dict.fromkeys(one.path for one in away))
    names = ", ".join(f'"{path}"' for path in paths[:3])
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    edits = list(dict.fromkeys(edit for one in away for edit in _edits(one)))
    yield Finding(
        "absolute paths",
        away[0].span,
        hint="write them relative to the working directory, or to the prototxt",
        fix=Fix("relative paths", tuple(edits)) if edits else None,
        why=f"{names}{more}: such paths are there on one machine only",
    )


def _edits(reference: Reference) -> list[FileEdit]:
    """The path from the folder of its file, if it lies below."""
    folder = Path(reference.owner.file).absolute().parent
    path = reference.path
    if not path.startswith("/") or not Path(path).is_relative_to(folder):
        return []
    relative = Path(os.path.relpath(path, folder)).as_posix()
    relative += "/" * path.endswith("/")  # a root_folder is put in front of names as it stands
    return fix.put_reference(reference, reference.value.replace(path, relative))
