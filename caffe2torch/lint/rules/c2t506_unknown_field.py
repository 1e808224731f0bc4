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

from caffe2torch import layers
from caffe2torch.errors import C2TError, SchemaError, Span
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "error"
RANK = 10

CLOSE = 0.85
_UNKNOWN = re.compile(r'"(\w+)" is not a field of (\w+)')
_SUGGESTED = re.compile(r'did you mean "(\w+)"\?')


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each unknown field of a message, however often a file writes it."""
    if c.is_solver:
        _ = c.solver
    _ = c.known_nets
    met: dict[tuple[str, str], dict[Span, C2TError]] = {}
    for error in c.failures:
        if isinstance(error, SchemaError) and error.span and _UNKNOWN.match(error.message):
            met.setdefault((error.span.file, error.message), {}).setdefault(error.span, error)
    for errors in met.values():
        yield _finding(c, list(errors.values()))


def _finding(c: Context, errors: list[C2TError]) -> Finding:
    match = _UNKNOWN.match(errors[0].message)
    assert match is not None
    times = f" (written {len(errors)} times)" if len(errors) > 1 else ""
    return Finding(
        f'"{match[1]}" is not a field of {match[2]}',
        errors[0].span,
        hint=_home(c, errors[0], match[1]) or errors[0].hint or "remove it",
        fix=_fix(errors),
        about=match[1],
        why=f"Caffe stops here{times}",
    )


def _home(c: Context, error: C2TError, name: str) -> str:
    """Where a field belongs that stands beside its layer's parameters, not among them."""
    at = error.span.start if error.span else -1
    for net in c.known_nets:
        for block, layer in zip(net.origins, net.message.layer, strict=True):
            here = block is not None and net.file == (error.span.file if error.span else "")
            if here and block is not None and block.start <= at < block.end:
                field = _parameters(layer.type)
                known = layer.DESCRIPTOR.fields_by_name[field].message_type if field else None
                return f"it belongs in {field}" if known and name in known.fields_by_name else ""
    return ""


def _parameters(kind: str) -> str:
    """The field that holds the parameters of a layer type, "" if there is none."""
    layer = layers.lookup(kind)
    return "" if layer is None else layer.param_field


def _fix(errors: list[C2TError]) -> Fix | None:
    near = _SUGGESTED.findall(errors[0].hint or "")
    if len(near) != 1 or not _close(errors[0], near[0]):
        return None
    spans = [error.span for error in errors if error.span]
    edits = tuple(FileEdit(span.file, span.start, span.end, near[0]) for span in spans)
    return Fix(f"{near[0]}", edits)


def _close(error: C2TError, name: str) -> bool:
    """Whether a name differs by a letter or two from the one in the message."""
    from difflib import SequenceMatcher

    written = error.message.split('"')[1]
    return SequenceMatcher(None, written, name).ratio() >= CLOSE
