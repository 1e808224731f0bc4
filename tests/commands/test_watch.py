"""c2t watch, into a pipe."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from caffe2torch.cli import cli

HEAD = "I1129 00:40:01.1 1 solver.cpp:1] "
LOG = f"{HEAD}Iteration 0, loss = 2.5\n{HEAD}Iteration 10, loss = 1.5\n"


@pytest.mark.parametrize("flags", [[], ["--once"]])
def test_a_run_that_is_over_is_shown_once(tmp_path: Path, flags: list[str]) -> None:
    (tmp_path / "train.log").write_text(LOG + f"{HEAD}Optimization Done.\n")
    result = CliRunner().invoke(cli, ["watch", str(tmp_path), *flags])
    assert result.exit_code == 0 and result.output.count("\n") == 1
    assert "finished, iteration 10  loss 1.5" in result.output


def test_a_failed_run_gives_1_and_its_findings(tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text(LOG + f"{HEAD}Iteration 20, loss = nan\n")
    result = CliRunner().invoke(cli, ["watch", str(tmp_path), "--once"])
    assert result.exit_code == 1 and "C2T608[nan-or-inf]" in result.output


def test_what_is_no_run_folder_is_named(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        result = CliRunner().invoke(cli, ["watch", str(path)])
        assert result.exit_code == 2 and str(path) in result.output
