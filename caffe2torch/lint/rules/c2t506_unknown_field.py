"""A field that Caffe's schema does not have.

What it does: collects all such fields of solver and nets at once, with the nearest known name.

Why: Caffe stops at the first with "has no field named". A misspelt field is easily repaired; a
field that stands in the wrong message ("kernel_size" outside of convolution_param) too.
Source: Caffe src/caffe/util/io.cpp, ReadProtoFromTextFile.

Bad::

    convolution_param { kernal_size: 3 }

Good::

    convolution_param { kernel_size: 3 }

Fix: the nearest known name, where there is one only. Unsafe: it is a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from caffe2torch.errors import C2TError, SchemaError, Span
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "error"
RANK = 10

CLOSE = 0.85
_UNKNOWN = re.compile(r'"(\w+)" is not a field of (\w+)')
_SUGGESTED = re.compile(r'did you mean "(\w+)"\?')


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each unknown field that was met while reading."""
    if c.is_solver:
        _ = c.solver
    _ = c.known_nets
    seen: set[Span] = set()
    for error in c.failures:
        found = _UNKNOWN.match(error.message) if isinstance(error, SchemaError) else None
        if found and error.span and error.span not in seen:
            seen.add(error.span)
            yield Finding(
                f'"{found[1]}" is not a field of {found[2]}: Caffe stops here',
                error.span,
                hint=error.hint or "",
                fix=_fix(error),
                about=found[1],
            )


def _fix(error: C2TError) -> Fix | None:
    near = _SUGGESTED.findall(error.hint or "")
    if len(near) != 1 or error.span is None or not _close(error, near[0]):
        return None
    span = error.span
    return Fix(f"{near[0]}", (FileEdit(span.file, span.start, span.end, near[0]),))


def _close(error: C2TError, name: str) -> bool:
    """Whether a name differs by a letter or two from the one in the message."""
    from difflib import SequenceMatcher

    written = error.message.split('"')[1]
    return SequenceMatcher(None, written, name).ratio() >= CLOSE
