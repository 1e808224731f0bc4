"""c2t report, and the commands of docs/report.md as they stand there."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from caffe2torch.cli import cli
from tests.conftest import ROOT
from tests.train import tiny

PAGE = (ROOT / "docs" / "report.md").read_text(encoding="utf-8")
LINE = "I1105 00:40:01.1 21061 solver.cpp:191] Iteration {}, loss = {}\n"


def test_the_commands_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tiny.write(tmp_path)
    for name in ("old.log", "new.log"):
        (tmp_path / name).write_text(LINE.format(0, 2.5) + LINE.format(5, 1.5))
    lines = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)).split("\n")
    for words in filter(None, map(shlex.split, lines)):
        result = CliRunner().invoke(cli, words[1:])
        assert result.exit_code == 0, (words, result.output)
    text = (tmp_path / "report.html").read_text()
    for section in re.findall(r"^\| ([A-Z][\w ]+) \|", PAGE, re.MULTILINE):
        assert f">{section}</h2>" in text, section
    assert "c2t train solver.prototxt --monitor full" in text
    assert "C2T117" in text and "test_iter: 2 test_interval: 10" in text  # lint, source line
    assert text.count("data:image/png;base64,") == 2
    assert "old.log: loss" in (tmp_path / "both.html").read_text()
    assert (tmp_path / "logs.html").is_file() and (tmp_path / "tables" / "old.csv").is_file()
    assert any((tmp_path / "snap_run" / "tensorboard").iterdir())
    facts = json.loads((tmp_path / "snap_run" / "run.json").read_text())
    assert facts["net"] == "tiny"


def test_a_failed_run_is_shown_and_gives_1(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(LINE.format(0, 2.5) + LINE.format(5, "nan"))
    words = ["report", str(tmp_path / "a.log"), "-o", str(tmp_path / "r.html")]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 1 and "failed at iteration 5" in result.output
    assert "C2T608" in (tmp_path / "r.html").read_text()
    printed = CliRunner().invoke(cli, [*words, "--json"]).stdout
    (run,) = json.loads(printed)["runs"]
    assert run["failed"] and run["iteration"] == 5
    assert [one["code"] for one in run["findings"]] == ["C2T608"]
    assert run["last"]["loss"] is None  # JSON knows no NaN


@pytest.mark.parametrize("kind", ["folder", "empty", "binary", "missing"])
def test_what_is_no_run_is_named_and_nothing_is_written(tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    if kind == "folder":
        path.mkdir()
    elif kind != "missing":
        path.write_bytes(b"" if kind == "empty" else bytes(range(256)))
    result = CliRunner().invoke(cli, ["report", str(path), "-o", str(tmp_path / "r.html")])
    assert result.exit_code == 2 and kind in result.output and "Traceback" not in result.output
    assert not (tmp_path / "r.html").exists()


def test_a_page_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(LINE.format(0, 2.5))
    words = ["report", str(tmp_path / "a.log"), "-o", str(tmp_path / "none" / "r.html")]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 2 and "r.html" in result.output
