"""What a prototxt is, by the fields at its top level: the one answer for every command."""

from __future__ import annotations

import re
from functools import cache

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import ParseError
from caffe2torch.format import text

BROKEN = 1 << 20
"""Characters of a text that is no prototxt in which fields are looked for all the same."""
TELLING = frozenset({
    "net", "train_net", "test_net", "net_param", "train_net_param", "test_net_param", "base_lr",
    "lr_policy", "max_iter", "test_iter", "test_interval", "solver_mode", "snapshot_prefix",
})  # fmt: skip
"""Fields of a solver one of which is enough."""
_FIELD = re.compile(r"^[ \t]*([A-Za-z_]\w*)[ \t]*(?::|\{)", re.MULTILINE)
_WORD = re.compile(r"\b([a-z_]+)\s*[:{]")
_COMMENT = re.compile(r"#[^\n]*")


def fields(source: str, path: str) -> frozenset[str]:
    """Return the names of the fields at the top level; at any level of a broken net or solver.

    Empty for a text that is neither.
    """
    try:
        return frozenset(field.name for field in text.parse(source, path).root.fields)
    except ParseError:
        start = _COMMENT.sub("", source[:BROKEN]).lstrip("\ufeff \t\r\n")
        first = _FIELD.match(start)
        known = first is not None and first[1] in _names("Net") | _names("Solver")
        return frozenset(_FIELD.findall(start)) if known else frozenset()


def holds_solver(source: str, path: str) -> bool:
    """Whether a text is a solver; without a field that only solvers have it is not parsed."""
    only = _names("Solver") - _names("Net") - _names("Layer")
    return not only.isdisjoint(_WORD.findall(source)) and is_solver(fields(source, path))


def is_solver(names: frozenset[str]) -> bool:
    """Whether these are fields of a solver: one that is enough, or none that it has not.

    Fields that nets have too say nothing by themselves.
    """
    alone = bool(names - _names("Net") - _names("Layer")) and names <= _names("Solver")
    return bool(TELLING & names) or alone


@cache
def _names(kind: str) -> frozenset[str]:
    return frozenset(f.name for f in getattr(pb, f"{kind}Parameter").DESCRIPTOR.fields)
