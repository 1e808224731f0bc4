"""The command: files, formats, configuration, baseline, fixes, exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from caffe2torch.cli import cli
from tests.lint.checks import Folder
from tests.lint.command import codes, run
from tests.lint.nets import DEAD, chain


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


def test_a_folder_that_holds_no_net(folder: Folder) -> None:
    Path("pictures").mkdir()
    assert '"pictures" holds no file that ends in .prototxt' in run("pictures", code=2).stderr


def test_standard_input(folder: Folder) -> None:
    text = folder.solver_file.read_text(encoding="utf-8").replace("base_lr: 0.02", "")
    result = run("-", "--stdin-filename", "solver.prototxt", "--format", "json", text=text)
    assert "C2T302" in codes(result)


def test_explain_and_rules() -> None:
    runner = CliRunner()
    explained = runner.invoke(cli, ["explain", "signal-vanishes"]).output
    assert explained.startswith("C2T201 signal-vanishes (error)")
    assert runner.invoke(cli, ["explain", "201"]).output == explained
    assert runner.invoke(cli, ["explain", "C2T003"]).exit_code == 0
    assert "did you mean" in runner.invoke(cli, ["explain", "signal-vanishse"]).output
    assert "C2T201  error    signal-vanishes" in runner.invoke(cli, ["rules"]).output


def test_the_signal_table(folder: Folder) -> None:
    output = run("solver.prototxt", "--signal", code=0).output
    assert output.splitlines()[0].split() == [
        "layer", "std", "from", "input", "|w|", "rms", "|g|/|w|", "update/step",
    ]  # fmt: skip
    assert "median update a step" in output
