"""The sweep of hostile inputs: what it makes, what it runs, and what it calls broken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.house import PACKAGE
from tools import sweep
from tools.sweeping import commands, inputs, nets
from tools.sweeping.good import KINDS
from tools.sweeping.run import Outcome, violations

FINE = Outcome(2, 1.0, 2.0, 300.0, b"", b"error: it is a named pipe, not a file\n")


def test_every_command_that_takes_a_file_is_swept() -> None:
    folder = PACKAGE / "commands"
    names = {p.stem.replace("_", "-") for p in folder.glob("[a-z]*.py")}
    names |= {f"import {p.stem}" for p in (folder / "import_").glob("[a-z]*.py")}
    lines = [line for kind in commands.COMMANDS for line in commands.of(kind)]
    swept = {" ".join(line.split()[: 1 + line.startswith("import ")]) for line in lines}
    assert names - swept - commands.NO_FILE == {"import voc", "import cifar10"}  # folders of files
    assert swept <= names
    assert set(commands.COMMANDS) == set(KINDS)


def test_inputs_have_names_of_their_own_and_at_most_a_megabyte() -> None:
    for texts in (dict(nets.SMALL), dict(nets.large()), dict(nets.solvers())):
        assert all(len(text) <= 1.2 * nets.MOST for text in texts.values())
    names = [*nets.SMALL, *(name for name, _ in nets.large())]
    assert len(names) == len(set(names)) > 70


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, None),
        ({"code": 0, "errors": b""}, None),
        ({"code": -11}, "ended by SIGSEGV"),
        ({"code": 139}, "exit code 139"),
        ({"errors": b"Traceback (most recent call last):\n"}, "traceback"),
        ({"errors": b"error: this is a fault of caffe2torch itself: X"}, "a fault of"),
        ({"cpu": 10.5}, "10.5 s of a processor"),
        ({"megabytes": 1200.0}, "1,200 MB"),
        ({"errors": b"error: \x1b]0;x\x07\n"}, "unescaped U+001B"),
        ({"output": "‮".encode()}, "unescaped U+202E"),
        ({"output": b"\xff"}, "output is not UTF-8"),
        ({"errors": b"\n"}, "exit code 2 without a message"),
        ({"errors": b"x" * 30_000}, "a message of 30,000 characters"),
        ({"errors": b"HDF5-DIAG: Error\n"}, "words of a library"),
    ],
)
def test_what_breaks_the_promise(change: dict[str, object], words: str | None) -> None:
    broken = list(violations(replace(FINE, **change)))  # type: ignore[arg-type]
    assert len(broken) == (0 if words is None else 1)
    assert words is None or broken[0].startswith(words)


def test_a_small_sweep(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = tmp_path / "good"
    good.mkdir()
    (good / "good.prototxt").write_text(nets.SMALL["good"])
    (good / "fork.proto").write_text('syntax = "proto2"; package caffe;')
    arguments = ["--good", str(good), "--kind", "proto", "--input", "odd/(empty|pipe)", "--verbose"]
    assert sweep.main(arguments) == 0
    output = capsys.readouterr().out
    assert "proto/odd/pipe: c2t lint good.prototxt --proto FILE: kept [2, " in output
    assert "input.proto is no file" in output
    assert output.endswith("4 runs\n")


def test_inputs_of_a_kind(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("cat\ndog\n")
    made = dict(inputs.of("labels", tmp_path))
    assert made["wrong/cut_1"] == b"c"
    assert made["odd/zeros"] == bytes(nets.MOST)
    assert not {"odd/pipe", "odd/socket", "odd/device", "odd/folder"} - set(made)
    assert made["wrong/is_labels"] == b"cat\ndog\n"
