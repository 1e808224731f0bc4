"""The right word in the wrong case or style: "max" for MAX, "Step" for "step", LMDB in quotes.

What it does: compares layer types, filler types, lr_policy, the solver's type and every enum value
with what Caffe knows, without regard to case, quotes and punctuation.

Why: Caffe compares exactly. An enum is a bare word in capitals (pool: MAX, backend: LMDB, phase:
TRAIN), a type or policy a quoted string in its own spelling ("Convolution", "step", "msra"). Other
spellings stop it.
Source: Caffe src/caffe/proto/caffe.proto; include/caffe/layer_factory.hpp, filler.hpp;
src/caffe/solvers/sgd_solver.cpp.

Bad::

    type: "convolution"  pooling_param { pool: max }

Good::

    type: "Convolution"  pooling_param { pool: MAX }

Fix: the exact spelling. Safe: nothing else can be meant, and Caffe did not start.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from caffe2torch import fillers, layers
from caffe2torch.config.methods import METHODS
from caffe2torch.errors import SchemaError, Span
from caffe2torch.format.text import Block, Document, Scalar, walk
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix
from caffe2torch.registry import fold

SEVERITY = "error"
RANK = 10

POLICIES = ("fixed", "step", "exp", "inv", "multistep", "poly", "sigmoid")
ALIASES = {"avg": "AVE", "average": "AVE", "mean": "AVE", "add": "SUM", "multiply": "PROD"}
_ENUM = re.compile(r'(.+) is not a value of "(\w+)"')
_STRING = re.compile(r'"(\w+)" takes a quoted string, not (\w+)')
_BOOL = re.compile(r'"(\w+)" takes true or false, not "?(\w+)"?')
"""What the schema says of a bad enum value, a string without quotes, another bool than its own."""
BOOLS = {
    "true": "true",
    "yes": "true",
    "on": "true",
    "false": "false",
    "no": "false",
    "off": "false",
}


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each word whose spelling is off."""
    if c.is_solver:
        for name, known in (("lr_policy", POLICIES), ("type", METHODS)):
            yield from _string(c.solver.document, name, getattr(c.param, name), known)
    for net in c.known_nets:
        if net.document is not None and not net.document.root.find("layers"):
            yield from _net(net.document)
    yield from _refused(c)


def _string(
    document: Document | None, name: str, value: str, known: Collection[str]
) -> Iterator[Finding]:
    field = document.root.find(name) if document else None
    right = _respell(value, known)
    if document and field and right and isinstance(field.value, Scalar):
        yield _finding(f'{name} "{value}"', f'"{right}"', document.span(field.value), name)


def _respell(value: str, known: Collection[str]) -> str:
    """The known word that differs from `value` in case and punctuation only, "" if none."""
    if not value or value in known:
        return ""
    return next((word for word in known if fold(word) == fold(value)), "")


def _net(document: Document) -> Iterator[Finding]:
    """Types of layers and fillers."""
    known = set(fillers.names())
    for layer in document.root.all("layer"):
        if isinstance(layer.value, Block):
            yield from _type(document, layer.value, "layer type", ())
            for field in walk(layer.value):
                if field.name.endswith("filler") and isinstance(field.value, Block):
                    yield from _type(document, field.value, "filler", known)


def _type(document: Document, block: Block, what: str, known: Collection[str]) -> Iterator[Finding]:
    field = block.find("type")
    if field is None or not isinstance(field.value, Scalar):
        return
    value = field.value.raw.strip("\"'")
    if what == "filler":
        right = _respell(value, known)
    else:
        right = _layer_type(value)
    if right:
        yield _finding(
            f'{what} "{value}"', f'"{right}"', document.span(field.value), f"type {value}"
        )


def _layer_type(value: str) -> str:
    """The layer type that differs from `value` in case and punctuation only, "" if none."""
    right = layers.folded().get(fold(value), "")
    return "" if right == value or not value else right


def _refused(c: Context) -> Iterator[Finding]:
    """What the schema refused: enum values, bools, and strings without quotes."""
    for error in list(c.failures):
        if not isinstance(error, SchemaError) or error.span is None:
            continue
        what, right = _repaired(error)
        if right:
            yield _finding(what, right, error.span, what.partition(":")[0])


def _repaired(error: SchemaError) -> tuple[str, str]:
    """What is written, and how Caffe would spell it ("" if nobody can tell)."""
    if match := _STRING.match(error.message):
        return f"{match[1]}: {match[2]}", f'"{match[2]}"'
    if match := _BOOL.match(error.message):
        return f"{match[1]}: {match[2]}", BOOLS.get(match[2].lower(), "")
    match = _ENUM.match(error.message)
    if not match:
        return "", ""
    known = re.findall(r"[A-Z][A-Z0-9_]+", (error.hint or "").partition("one of ")[2])
    value = match[1].strip("\"'")
    alias = ALIASES.get(value.lower(), "")
    right = value if value in known else _respell(value, known)
    return f"{match[2]}: {match[1]}", right or (alias if alias in known else "")


def _finding(what: str, right: str, span: Span, about: str) -> Finding:
    edit = FileEdit(span.file, span.start, span.end, right)
    return Finding(
        f"{what} is not how Caffe spells it",
        span,
        hint=f"write {right}",
        fix=Fix(f"{right}", (edit,), safe=True),
        about=about,
    )
