"""What a person reads: headline, caret, why, ways out, fix, and what to do first."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from caffe2torch.cli import cli
from caffe2torch.errors import Span
from caffe2torch.lint.finding import Finding, Fix
from caffe2torch.lint.formats import Report
from caffe2torch.lint.formats.text import excerpt, render
from tests.lint.checks import Folder
from tests.lint.command import run
from tests.lint.nets import DEAD, chain

LINE = "base_lr: 0.5"
FINDING = Finding(
    "base_lr 0.5 is too high",
    Span("solver.prototxt", 1, 1, 0, len(LINE)),
    severity="error",
    hint="base_lr: 0.01",
    fix=Fix("base_lr: 0.01", ()),
    code="C2T301",
    name="lr-too-high",
    also=("C2T314 batch-lr-scaling",),
    why="median over 4 layers; 0.001 to 0.054 is healthy",
    ways=("a smaller momentum",),
)


def shown(*findings: Finding, width: int = 0, brief: bool = False) -> list[str]:
    report = Report(list(findings), sources={"solver.prototxt": LINE}, width=width, brief=brief)
    return render(report).splitlines()


def test_text_shows_the_line_and_a_caret(folder: Folder) -> None:
    output = run("solver.prototxt", code=1).output if folder.write(net=DEAD) else ""
    at = output.index("error C2T201")
    _, line, caret, *_ = output[at:].splitlines()
    assert line.endswith('|     weight_filler { type: "xavier" }')
    assert caret.strip(" |") == "^" * len('weight_filler { type: "xavier" }')
    assert "\x1b[" not in output


@pytest.mark.parametrize("columns", [0, 40, 60, 500])
@pytest.mark.parametrize("lead", [0, 10, 300])
def test_a_narrow_terminal_shows_the_part_around_the_caret(columns: int, lead: int) -> None:
    line = "x" * lead + "num_output: 4" + "y" * 200
    span = Span("net.prototxt", 1, lead + 1, lead, lead + len("num_output: 4"))
    shown, caret = excerpt(Finding("bad", span), {"net.prototxt": [line]}, columns)
    assert shown[caret.index("^") : caret.rindex("^") + 1] == "num_output: 4"
    assert not columns or max(len(shown), len(caret)) <= columns
    assert columns or shown.endswith(line)


def test_a_line_that_is_cut_says_so() -> None:
    span = Span("net.prototxt", 1, 1, 0, 300)
    shown, caret = excerpt(Finding("bad", span), {"net.prototxt": ["y" * 300]}, 60)
    assert shown.endswith("y…")
    assert len(shown) == len(caret) == 60


def test_a_finding_whole() -> None:
    assert shown(FINDING) == [
        "solver.prototxt:1:1: error C2T301[lr-too-high]: base_lr 0.5 is too high",
        "    1 | base_lr: 0.5",
        "      | ^^^^^^^^^^^^",
        "    why: Median over 4 layers; 0.001 to 0.054 is healthy.",
        "    also: C2T314 batch-lr-scaling",
        "    - base_lr: 0.01",
        "    - a smaller momentum",
        "    fix that changes training: base_lr: 0.01",
        "",
        "1 error; 1 with --fix --unsafe-fixes",
        "fix first: C2T301 at solver.prototxt:1",
    ]  # fmt: skip


def test_the_name_stands_where_there_is_room() -> None:
    short = Finding("no momentum", FINDING.span, "info", code="C2T307", name="momentum-range")
    assert shown(short)[0] == "solver.prototxt:1:1: info C2T307[momentum-range]: no momentum"


def test_findings_are_apart_and_infos_are_nothing_to_begin_with() -> None:
    info = Finding("no random_seed", FINDING.span, "info", code="C2T316", name="no-random-seed")
    lines = shown(info, info)
    assert lines[3] == ""
    assert lines[-1] == "2 infos"


def test_brief_is_one_headline_each() -> None:
    lines = shown(FINDING, FINDING, brief=True)
    assert len(lines) == 4
    assert lines[0].startswith("solver.prototxt:1:1: error C2T301[lr-too-high]: ")


@pytest.mark.parametrize("width", [0, 80, 120])
def test_every_line_fits(folder: Folder, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("caffe2torch.terminal.width", lambda: width)
    folder.write(net=chain(14, "xavier", scale=0.0005)).solver({"base_lr: 0.02": "base_lr: 5"})
    output = CliRunner().invoke(cli, ["lint", "solver.prototxt"]).output
    body = output[: output.index("with all of it fixed")]
    assert max(map(len, body.splitlines())) <= (width or 100)
    heads = [line for line in body.splitlines() if ": error C2T" in line]
    assert heads
    assert all(len(line) <= 100 for line in heads)


def test_explain_appends_each_page_once(folder: Folder) -> None:
    folder.write(net=chain(14, "xavier", scale=0.0005))
    output = CliRunner().invoke(cli, ["lint", "--explain", "solver.prototxt"]).output
    assert output.count("The logits hardly depend on the input when training starts.") == 1
    assert output.splitlines()[-1].startswith("fix first: C2T201 at train_val.prototxt:")


def test_a_long_path_is_not_broken(tmp_path: Path) -> None:
    span = Span(str(tmp_path / ("x" * 120)) + "/solver.prototxt", 1, 1, 0, 1)
    head = shown(Finding("no momentum", span, "info", code="C2T307", name="momentum-range"))[0]
    assert head.startswith(f"{span}:")
