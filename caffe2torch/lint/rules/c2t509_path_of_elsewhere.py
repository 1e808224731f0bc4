"""A path that leads nowhere, though a file of its name lies beside the prototxt.

What it does: looks for every file that the solver and the layers name as all commands do: from the
working directory, as Caffe does; beside the file that names it; below the folders above that; and
last by its bare name beside the file.

Why: the config was taken out of the folder tree that it was written for. caffe2torch uses the file
beside it, with a note; Caffe stops. An info, since it may well be another file of the same name.
Source: Caffe src/caffe/util/io.cpp: paths are opened as they are written.

Bad::

    net: "examples/digits/train_val.prototxt"     # it lies beside this solver

Good::

    net: "train_val.prototxt"

Fix: the bare name. Safe: it is the file that is used anyway.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config.references import Reference
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "info"
RANK = 90


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for each path, with the edits of all places where it is written."""
    same: dict[tuple[str, str], list[Reference]] = {}
    for reference in c.moved(*c.known_nets):
        same.setdefault((reference.owner.file, reference.path), []).append(reference)
    for references in same.values():
        first = references[0]
        missing = f'{first.field} "{first.path}" does not exist'
        edits = [e for one in references for e in fix.put_reference(one, one.corrected)]
        yield Finding(
            missing,
            first.span,
            hint=f'write "{first.corrected}"',
            fix=Fix(f'{first.field} "{first.corrected}"', tuple(edits), safe=True),
            about=first.field,
            why=f"{first.note.removeprefix(f'{missing}; ')}; Caffe stops here",
        )
