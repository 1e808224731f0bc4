"""Caffe's log: lines as glog writes them, messages as C++ prints them."""

from __future__ import annotations

import errno
import io
import math
import os
import re
import shutil
import threading
from pathlib import Path

import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.format import upgrade
from caffe2torch.train.log import (
    Log,
    LogFile,
    debug_string,
    exact,
    log_to,
    number,
    shortest,
    weighted,
)

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
    pattern = rf"W\d{{4}} \d\d:\d\d:\d\d\.\d{{6}} {thread:5d} solver\.cpp:57\] "
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


def test_a_full_disk_is_told_once_and_training_goes_on(tmp_path: Path) -> None:
    notes: list[str] = []
    with log_to("/dev/full", tmp_path / "log", note=notes.append) as log:
        log("a.cpp:1", "one")
        log("a.cpp:2", "two")
    assert notes == ["/dev/full cannot be written: No space left on device; training goes on"]
    assert (tmp_path / "log").read_text().count("\n") == 2


def test_what_is_missing_is_counted_where_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes, write, full = [], os.write, [False]

    def limited(handle: int, data: bytes) -> int:
        if full[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(handle, data)

    monkeypatch.setattr(os, "write", limited)
    path = tmp_path / "log"
    file = LogFile(path, notes.append)
    for text, state in (("a", False), ("b", True), ("c", True), ("d", False), ("e", False)):
        full[0] = state
        file.write(text + "\n")
    file.close()
    assert path.read_text() == "a\n\n(2 lines could not be written)\nd\ne\n"
    assert notes == [
        f"{path} cannot be written: No space left on device; training goes on",
        f"{path} is written again; 2 lines are missing in it",
    ]


def test_a_log_that_is_removed_with_its_folder_is_made_again(tmp_path: Path) -> None:
    notes: list[str] = []
    folder = tmp_path / "run"
    folder.mkdir()
    with log_to(folder / "log", note=notes.append) as log:
        log("a.cpp:1", "one")
        shutil.rmtree(folder)
        log("a.cpp:2", "two")
    assert (folder / "log").read_text().endswith("a.cpp:2] two\n")
    assert notes == [f"{folder}/log was removed: it is written anew"]


def test_a_log_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), log_to(tmp_path / "absent" / "log"):
        pass


def test_the_date_is_read_as_caffes_parse_log_reads_it() -> None:
    stream = io.StringIO()
    Log(stream)("solver.cpp:289", "Solving tiny")
    date, time, *_ = stream.getvalue().split()
    # tools/extra/extract_seconds.py: int(date[1:3]) is the month, int(date[3:]) the day
    assert 1 <= int(date[1:3]) <= 12 and 1 <= int(date[3:]) <= 31
    assert len(time.rpartition(".")[2]) == 6


def test_the_sign_of_nan_is_printed_as_c_prints_it() -> None:
    assert (number(math.nan), number(-math.nan), number(-math.inf)) == ("nan", "-nan", "-inf")
