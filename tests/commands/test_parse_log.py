"""c2t parse-log writes tables, and says what is no log."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from caffe2torch.cli import cli

LINES = """\
I1105 00:40:01.1 21061 solver.cpp:191] Iteration 0, loss = 2.5
I1105 00:40:01.2 21061 solver.cpp:403] Iteration 0, lr = 0.001
I1105 00:41:46.6 21061 solver.cpp:191] Iteration 100, loss = {last}
"""


def test_a_table_a_log(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(LINES.format(last=1.5))
    words = ["parse-log", str(tmp_path / "a.log"), "-o", str(tmp_path / "out")]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 0, result.output
    assert "loss 2.5 at 0, 1.5 at 100" in result.output
    table = (tmp_path / "out" / "a.csv").read_text()
    assert table == "iteration,loss,lr\n0,2.5,0.001\n100,1.5,\n"


def test_a_run_that_ended_in_nan_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(LINES.format(last="-nan"))
    result = CliRunner().invoke(cli, ["parse-log", str(tmp_path / "a.log")])
    assert result.exit_code == 1 and "C2T608" in result.output


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello")
    (tmp_path / "b.bin").write_bytes(bytes(range(256)))
    for name in ("a.txt", "b.bin", "missing"):
        result = CliRunner().invoke(cli, ["parse-log", str(tmp_path / name)])
        assert result.exit_code == 2, result.output
