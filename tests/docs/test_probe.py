"""The commands of docs/probe.md end as the page says."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from caffe2torch.cli import cli

PAGE = "docs/probe.md"


def test_the_commands_of_the_page(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (root / PAGE).read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    shutil.copytree(root / "solvers", "solvers")
    results = [ran(line) for block in blocks for line in block.splitlines()]
    assert [code for code, _ in results] == [0, 0, 0, 0, 0, 1]
    (example,) = re.findall(r"^    (does not learn: .*)$", text, re.MULTILINE)
    assert results[-1][1].splitlines()[0] == example
    assert Path("digits/seen/inputs.png").is_file()


def ran(line: str) -> tuple[int, str]:
    """Run a line of the page; return exit code and output."""
    program, *words = shlex.split(line)
    if program == "cp":
        shutil.copytree(words[-2], words[-1])
        return 0, ""
    assert program == "c2t"
    if words[-1] == "story/solver.prototxt":  # the others of its experiments change no verdict
        words += ["--seconds", "60"]  # one thread beside other tests makes a third of the steps
    result = CliRunner().invoke(cli, words)
    return result.exit_code, result.output
