"""Caffe's log: lines as glog writes them, messages as C++ prints them."""

from __future__ import annotations

import io
import re
import threading
from pathlib import Path

import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.format import upgrade
from caffe2torch.train.log import Log, debug_string, exact, log_to, number, shortest, weighted

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


def test_a_line_is_glogs() -> None:
    streams = io.StringIO(), io.StringIO()
    Log(*streams)("solver.cpp:57", "Solver scaffolding done.\n", "W")
    text = streams[0].getvalue()
    thread = threading.get_native_id()
    pattern = rf"W\d{{8}} \d\d:\d\d:\d\d\.\d{{6}} {thread:5d} solver\.cpp:57\] "
    assert re.fullmatch(pattern + r"Solver scaffolding done\.\n", text)
    assert streams[1].getvalue() == text


def test_a_log_goes_to_files_and_to_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "log"
    path.write_text("before\n")
    with log_to(path, "-") as log:
        log("a.cpp:1", "text")
        assert path.read_text().endswith("a.cpp:1] text\n")  # line by line
    assert path.read_text().startswith("before\n")
    assert capsys.readouterr().err.endswith("a.cpp:1] text\n")


def test_numbers_as_streams_print_them() -> None:
    assert [number(x) for x in (0.1, 1 / 3, 1e-7, 123456789.0, 0.0)] == [
        "0.1", "0.333333", "1e-07", "1.23457e+08", "0",
    ]  # fmt: skip
    assert exact(1 / 3) == "0.333333333"
    assert weighted(2.0, 0.25) == " (* 0.25 = 0.5 loss)"
    assert weighted(2.0, 0.0) == ""
