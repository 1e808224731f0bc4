"""Findings as workflow commands."""

from __future__ import annotations

from tests.lint.checks import Folder
from tests.lint.command import run
from tests.lint.nets import DEAD


def test_github(folder: Folder) -> None:
    folder.write(net=DEAD)
    lines = run("solver.prototxt", "--format", "github").output.splitlines()
    line = next(line for line in lines if "C2T201" in line)
    assert line.startswith("::error file=train_val.prototxt,line=")
    assert "title=C2T201 signal-vanishes::" in line
