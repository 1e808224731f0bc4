"""C2T504 fork-only-field."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from caffe2torch.lint.fork_fields import FIELDS
from tests.lint.checks import Folder, check_noop, fires

CODE = "C2T504"
FIELD = re.compile(r"  (?:optional|repeated|required) [\w.]+ (\w+) = ")
PROTO = Path(__file__).parents[3] / "proto" / "caffe.proto"


@pytest.mark.parametrize(
    "fields", ["rampup_interval: 500 rampup_lr: 0.001", "warmup_iter: 10", "larc: true"]
)
def test_schedule_of_a_fork(folder: Folder, fields: str) -> None:
    name = fields.split(":")[0]
    fires(folder.solver({"": fields}), CODE, f"{name}", "not carried out here", severity="warning")


def test_other_fields_of_the_solver(folder: Folder) -> None:
    fires(folder.solver({"": 'eval_type: "detection"'}), CODE, "eval_type", severity="info")


def test_fields_of_layers(folder: Folder) -> None:
    folder.net({"batch_size: 64": "batch_size: 64 threads: 4", "pad: 1": "pad: 1 relu: true"})
    finding = fires(folder, CODE, "2 fields of forks: data_param.threads, convolution_param.relu")
    assert finding.severity == "info"


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_a_default_says_nothing(folder: Folder) -> None:
    check_noop(folder.solver({"": "larc: false rampup_interval: 0"}), CODE)


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
