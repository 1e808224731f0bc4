"""What a user reads for the likeliest mistakes, word for word (tests/messages/expected).

An output that was changed on purpose is written anew with C2T_WRITE_MESSAGES=1, and read.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from caffe2torch.cli import cli
from tests.messages.cases import CASES, NET, SOLVER, Change

EXPECTED = Path(__file__).with_name("expected")


def change(changes: list[Change]) -> None:
    """Make the changes of a case in the working directory."""
    for file, old, new in changes:
        path = Path(file)
        if not old:
            path.write_text(new or "")
            continue
        text = path.read_text()
        assert old in text, (file, old)
        path.write_text(text.replace(old, new or "", 1))


@pytest.mark.parametrize("name", CASES)
def test_the_message(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    # which layout is faster depends on what else the machine does, and is said
    monkeypatch.setattr("caffe2torch.train.prepare.choose_layout", lambda _runner: "nchw")
    Path("net.prototxt").write_text(NET)
    Path("solver.prototxt").write_text(SOLVER)
    command, changes = CASES[name]
    change(changes)
    result = CliRunner().invoke(cli, command.split(), prog_name="c2t")
    output = re.sub(r"\d+(?=\.part)", "N", result.output.replace(str(tmp_path), "FOLDER"))
    shown = f"$ c2t {command}\n{output.rstrip()}\nexit code {result.exit_code}\n"
    file = EXPECTED / f"{name.replace(' ', '_')}.txt"
    if os.environ.get("C2T_WRITE_MESSAGES"):
        file.write_text(shown)
    assert shown == file.read_text()
    assert result.exit_code == 2
    assert "Traceback" not in output
    assert "fault of caffe2torch" not in output
    assert len(output) < 2000


def test_there_are_enough_and_none_is_left_over() -> None:
    assert len(CASES) >= 80
    names = {f"{name.replace(' ', '_')}.txt" for name in CASES}
    assert {path.name for path in EXPECTED.iterdir()} == names
