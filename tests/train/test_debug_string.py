"""Messages as C++ prints them, against what Caffe's own tools wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.format import upgrade
from caffe2torch.train.log import debug_string, shortest

GOLDEN = Path(__file__).parents[1] / "golden" / "upgrade"
WRITTEN = sorted(p for p in GOLDEN.glob("*.out.prototxt") if "solver" not in p.name)


@pytest.mark.parametrize("path", WRITTEN, ids=lambda p: p.stem)
def test_nets_are_printed_as_the_upgrade_tool_prints_them(path: Path) -> None:
    assert debug_string(upgrade.read_net(path).message) == path.read_text()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (125.0, "125"),
        (0.1, "0.1"),
        (1e-5, "1e-05"),
        (1e10, "1e+10"),
        (-1 / 3, "-0.333333343"),
        (123456.789, "123456.789"),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
    ],
)
def test_floats(value: float, text: str) -> None:
    assert shortest(pb.SolverParameter(base_lr=value).base_lr) == text


def test_strings_are_escaped_and_bytes_are_octal() -> None:
    message = pb.SolverParameter(net='a"b\\c\n\té')
    assert debug_string(message) == 'net: "a\\"b\\\\c\\n\\t\\303\\251"\n'


def test_enums_flags_and_messages() -> None:
    message = pb.SolverParameter(solver_mode=pb.SolverParameter.CPU, debug_info=True)
    message.train_state.stage.append("")
    expected = 'solver_mode: CPU\ndebug_info: true\ntrain_state {\n  stage: ""\n}\n'
    assert debug_string(message) == expected
