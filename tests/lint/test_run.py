"""The command: files, formats, configuration, baseline, fixes, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from caffe2torch.cli import cli
from caffe2torch.errors import Span
from caffe2torch.lint.finding import Finding
from caffe2torch.lint.formats.text import excerpt
from tests.lint.checks import Folder
from tests.lint.nets import chain

DEAD = chain(14, "xavier", scale=0.02)


def run(*args: str, code: int | None = None, text: str | None = None) -> Result:
    result = CliRunner().invoke(cli, ["lint", *args], input=text)
    if code is not None:
        assert result.exit_code == code, result.output
    return result


def codes(result: Result) -> list[str]:
    return [entry["code"] for entry in json.loads(result.output)]


def test_nothing_to_say(folder: Folder) -> None:
    quiet = run("solver.prototxt", "--ignore", "C2T3", "--ignore", "C2T4", code=0)
    assert "no findings in 1 file" in quiet.output


def test_findings_give_1(folder: Folder) -> None:
    folder.write(net=DEAD)
    run("solver.prototxt", code=1)
    run("solver.prototxt", "--exit-zero", code=0)


def test_infos_alone_give_0(folder: Folder) -> None:
    folder.write(net=chain(10, "xavier", scale=0.1))
    run("solver.prototxt", "--select", "C2T206", code=0)


def test_unreadable_gives_2(folder: Folder) -> None:
    run("nothing.prototxt", code=2)
    folder.solver_file.write_text("base_lr: {", encoding="utf-8")
    run("solver.prototxt", code=2)


def test_wrong_codes_give_2(folder: Folder) -> None:
    assert (
        'no rule begins with "C2T9x"' in run("solver.prototxt", "--select", "C2T9x", code=2).output
    )


def test_text_shows_the_line_and_a_caret(folder: Folder) -> None:
    output = run("solver.prototxt", code=1).output if folder.write(net=DEAD) else ""
    at = output.index("C2T201[signal-vanishes]")
    _, line, caret, *_ = output[at:].splitlines()
    assert line.endswith('|     weight_filler { type: "xavier" }')
    assert caret.strip(" |") == "^" * len('weight_filler { type: "xavier" }')
    assert "\x1b[" not in output


@pytest.mark.parametrize("columns", [0, 40, 60, 500])
@pytest.mark.parametrize("lead", [0, 10, 300])
def test_a_narrow_terminal_shows_the_part_around_the_caret(columns: int, lead: int) -> None:
    line = "x" * lead + "num_output: 4" + "y" * 200
    span = Span("net.prototxt", 1, lead + 1, lead, lead + len("num_output: 4"))
    shown, caret = excerpt(Finding("bad", span), {"net.prototxt": line}, columns)
    assert shown[caret.index("^") : caret.rindex("^") + 1] == "num_output: 4"
    assert not columns or max(len(shown), len(caret)) <= columns
    assert columns or shown.endswith(line)


def test_all_fixes_are_foretold(folder: Folder) -> None:
    output = run("solver.prototxt", code=1).output if folder.write(net=DEAD) else ""
    assert "with all of it fixed (c2t lint --fix --unsafe-fixes solver.prototxt):" in output
    assert "logit std 0.00" in output.split("with all of it fixed")[1]


def test_json(folder: Folder) -> None:
    folder.write(net=DEAD)
    (entry,) = json.loads(run("solver.prototxt", "--select", "C2T201", "--format", "json").output)
    assert entry["file"] == "train_val.prototxt"
    assert entry["severity"] == "error"
    assert entry["fix"]["safe"] is False
    assert entry["line"] > 20


def test_sarif(folder: Folder) -> None:
    folder.write(net=DEAD)
    log = json.loads(run("solver.prototxt", "--format", "sarif").output)
    (one,) = log["runs"]
    ids = [rule["id"] for rule in one["tool"]["driver"]["rules"]]
    assert log["version"] == "2.1.0"
    for result in one["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]


def test_github(folder: Folder) -> None:
    folder.write(net=DEAD)
    lines = run("solver.prototxt", "--format", "github").output.splitlines()
    line = next(line for line in lines if "C2T201" in line)
    assert line.startswith("::error file=train_val.prototxt,line=")
    assert "title=C2T201 signal-vanishes::" in line


def test_unknown_format(folder: Folder) -> None:
    assert "unknown format" in run("solver.prototxt", "--format", "xml", code=2).output


def test_statistics(folder: Folder) -> None:
    folder.write(net=DEAD)
    assert "1  C2T201  signal-vanishes" in run("solver.prototxt", "--statistics").output


def test_a_solver_covers_its_net(folder: Folder) -> None:
    folder.write(net=DEAD)
    found = run("solver.prototxt", "train_val.prototxt", "--select", "C2T2", "--format", "json")
    assert codes(found).count("C2T201") == 1


def test_folders_globs_and_excludes(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write(net=DEAD)
    assert "C2T201" in codes(run(".", "--format", "json"))
    assert "C2T201" in codes(run("*.prototxt", "--format", "json"))
    Path("c2t.toml").write_text('[lint]\nexclude = ["solver*", "train*"]\n', encoding="utf-8")
    assert "C2T201" not in codes(run(".", "--format", "json"))


def test_a_pattern_that_fits_no_file(folder: Folder) -> None:
    assert 'no file matches "*.prototext"' in run("*.prototext", code=2).stderr


def test_standard_input(folder: Folder) -> None:
    text = folder.solver_file.read_text(encoding="utf-8").replace("base_lr: 0.02", "")
    result = run("-", "--stdin-filename", "solver.prototxt", "--format", "json", text=text)
    assert "C2T302" in codes(result)


class TestConfiguration:
    """pyproject.toml, c2t.toml, options over them."""

    @pytest.mark.parametrize(
        ("name", "head"), [("c2t.toml", "[lint]"), ("pyproject.toml", "[tool.c2t.lint]")]
    )
    def test_it_is_found(self, folder: Folder, name: str, head: str) -> None:
        folder.write(net=DEAD)
        Path(name).write_text(f'{head}\nignore = ["C2T2"]\n', encoding="utf-8")
        assert "C2T201" not in codes(run("solver.prototxt", "--format", "json"))
        assert "C2T201" in codes(run("solver.prototxt", "--format", "json", "--isolated"))

    def test_the_longer_prefix_decides(self, folder: Folder) -> None:
        folder.write(net=DEAD)
        Path("c2t.toml").write_text(
            '[lint]\nignore = ["C2T2"]\nextend-select = ["C2T201"]\n', encoding="utf-8"
        )
        assert "C2T201" in codes(run("solver.prototxt", "--format", "json"))

    def test_by_file(self, folder: Folder) -> None:
        folder.write(net=DEAD)
        Path("c2t.toml").write_text(
            '[lint]\nper-file-ignores = { "train_val*" = ["C2T201"] }\n', encoding="utf-8"
        )
        assert "C2T201" not in codes(run("solver.prototxt", "--format", "json"))

    @pytest.mark.parametrize(
        "text",
        [
            "[lint]\nselct = []\n",
            "[lint\n",
            "[lint]\nselect = 3\n",
            '[lint]\nignore=["Q"]\n',
            'ignore = ["C2T1"]\n',
        ],
    )
    def test_mistakes_are_explained(self, folder: Folder, text: str) -> None:
        Path("c2t.toml").write_text(text, encoding="utf-8")
        assert run("solver.prototxt", code=2).output.startswith("error: ")


class TestBaseline:
    """Findings that are known are not shown again."""

    def test_round_trip(self, folder: Folder) -> None:
        folder.write(net=DEAD)
        run("solver.prototxt", "--write-baseline", "base.json", code=0)
        assert codes(run("solver.prototxt", "--baseline", "base.json", "--format", "json")) == []

    def test_edits_elsewhere_do_not_matter(self, folder: Folder) -> None:
        folder.write(net=DEAD)
        run("solver.prototxt", "--write-baseline", "base.json")
        folder.write(net="# one more line\n" + DEAD)
        assert codes(run("solver.prototxt", "--baseline", "base.json", "--format", "json")) == []

    def test_new_findings_are_shown(self, folder: Folder) -> None:
        run("solver.prototxt", "--write-baseline", "base.json")
        folder.write(net=DEAD)
        found = run("solver.prototxt", "--baseline", "base.json", "--format", "json")
        assert "C2T201" in codes(found)

    def test_no_baseline_file(self, folder: Folder) -> None:
        Path("base.json").write_text("[]", encoding="utf-8")
        run("solver.prototxt", "--baseline", "base.json", code=2)


class TestFix:
    """--fix, --unsafe-fixes, --diff."""

    def test_only_safe_ones_by_default(self, folder: Folder) -> None:
        folder.write(net=DEAD).solver({"test_iter: 6": "test_iter: 1  # few"})
        output = run("solver.prototxt", "--fix").output
        assert "fixed: test_iter: 6" in output
        assert "test_iter: 6  # few" in folder.solver_file.read_text(encoding="utf-8")
        assert folder.net_file.read_text(encoding="utf-8") == DEAD

    def test_unsafe_ones_too(self, folder: Folder) -> None:
        folder.write(net=DEAD)
        run(
            "solver.prototxt", "--fix", "--unsafe-fixes", "--select", "C2T201,C2T301,C2T314", code=0
        )
        text = folder.net_file.read_text(encoding="utf-8")
        assert '"msra"' in text
        assert text.count("# of 16 grey levels") == 2

    def test_diff_writes_nothing(self, folder: Folder) -> None:
        folder.write(net=DEAD)
        output = run("solver.prototxt", "--diff", "--unsafe-fixes", "--select", "C2T201").output
        assert output.startswith("--- train_val.prototxt\n+++ train_val.prototxt\n")
        assert folder.net_file.read_text(encoding="utf-8") == DEAD

    def test_windows_line_ends_survive(self, folder: Folder) -> None:
        folder.net_file.write_bytes(DEAD.replace("\n", "\r\n").encode())
        run("solver.prototxt", "--fix", "--unsafe-fixes", "--select", "C2T201")
        data = folder.net_file.read_bytes()
        assert b"msra" in data
        assert data.count(b"\n") == data.count(b"\r\n") == DEAD.count("\n")


def test_explain_and_rules() -> None:
    runner = CliRunner()
    explained = runner.invoke(cli, ["explain", "signal-vanishes"]).output
    assert explained.startswith("C2T201 signal-vanishes (error)")
    assert runner.invoke(cli, ["explain", "201"]).output == explained
    assert runner.invoke(cli, ["explain", "C2T003"]).exit_code == 0
    assert "did you mean" in runner.invoke(cli, ["explain", "signal-vanish"]).output
    assert "C2T201  error    signal-vanishes" in runner.invoke(cli, ["rules"]).output


def test_the_signal_table(folder: Folder) -> None:
    output = run("solver.prototxt", "--signal", code=0).output
    assert output.splitlines()[0].split() == [
        "layer", "std", "from", "input", "|w|", "rms", "|g|/|w|", "update/step",
    ]  # fmt: skip
    assert "median update a step" in output
