"""The table of the forks' fields is that of the schema."""

from __future__ import annotations

import re

from caffe2torch import caffe_pb2 as pb
from caffe2torch.lint.fork_fields import FIELDS
from tests.conftest import ROOT

FIELD = re.compile(r"  (?:optional|repeated|required) [\w.]+ (\w+) = ")
PROTO = ROOT / "proto" / "caffe.proto"


def test_the_table_is_that_of_the_schema() -> None:
    """Every field behind a mark `// -- FORK` of a BVLC message, and no other."""
    marked = _marked(PROTO.read_text(encoding="utf-8"))
    table = {m: {f: set(n.split()) for f, n in forks.items()} for m, forks in FIELDS.items()}
    assert table == {message: marked[message] for message in FIELDS}
    for message in ("SolverParameter", "LayerParameter", "TransformationParameter"):
        assert message in FIELDS


def _marked(proto: str) -> dict[str, dict[str, set[str]]]:
    found: dict[str, dict[str, set[str]]] = {}
    message = fork = ""
    for line in proto.splitlines():
        if opened := re.match(r"message (\w+) \{", line):
            message, fork = opened[1], ""
        elif mark := re.match(r"  // -- (.+)", line):
            fork = mark[1]
        elif fork and (field := FIELD.match(line)):
            found.setdefault(message, {}).setdefault(fork, set()).add(field[1])
    return found


def test_every_name_is_a_field_of_its_message() -> None:
    for message, forks in FIELDS.items():
        fields = getattr(pb, message).DESCRIPTOR.fields_by_name
        names = " ".join(forks.values()).split()
        assert [name for name in names if name not in fields] == [], message
        assert len(names) == len(set(names)), message
