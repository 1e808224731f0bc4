"""The file is in an old format: V0 or V1 layers, input fields, or solver_type.

What it does: notes what had to be upgraded to read the file.

Why: Caffe upgrades old files silently each time it reads them, and other tools do not. The upgrade
is exact, so nothing trains otherwise; always an info.
Source: Caffe src/caffe/util/upgrade_proto.cpp.

Bad::

    layers { name: "conv1" type: CONVOLUTION blobs_lr: 1 blobs_lr: 2 ... }

Good::

    layer { name: "conv1" type: "Convolution" param { lr_mult: 1 } param { lr_mult: 2 } ... }

`c2t upgrade` rewrites the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from caffe2torch.errors import Span
from caffe2torch.format.text import Document
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding

SEVERITY = "info"
RANK = 92

FIELDS = ("layers", "input", "solver_type")


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding a file."""
    if c.is_solver:
        for note in c.solver.notes:
            yield _finding(note, "solver", c.solver.file, c.span("solver_type"))
    for net in c.nets:
        for note in net.notes:
            yield _finding(note, "net", net.file, _place(net.document))


def _finding(note: str, kind: str, file: str, span: Span | None) -> Finding:
    what = re.search(r"\(([^)]*)\)", note)
    return Finding(
        f"old format: {what[1] if what else note}",
        span,
        hint=f"c2t upgrade {kind} {file} NEW_FILE",
        about=file,
    )


def _place(document: Document | None) -> Span | None:
    if document is None:
        return None
    field = next((f for name in FIELDS if (f := document.root.find(name))), None)
    return document.span_at(field.start, field.end) if field else document.span_at(0)
