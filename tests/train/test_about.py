"""run.json and lint.txt: what a run was, and what the lint said before it."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from caffe2torch import __version__
from caffe2torch.train.about import About, LintNotes
from caffe2torch.train.run_folder import LINT_HEAD
from caffe2torch.train.settings import Settings
from tests.train import tiny


def test_a_run_is_described(tmp_path: Path) -> None:
    solver = tiny.solver(tiny.write(tmp_path))
    settings = Settings(str(tmp_path / "my solver.prototxt"), max_iter=3, amp="bf16")
    About(settings, tmp_path).on_start(solver.state)
    facts = json.loads((tmp_path / "run.json").read_text())
    assert (
        facts["command"].startswith("c2t train '") and "--max-iter 3 --amp bf16" in facts["command"]
    )
    assert facts["net"] == "tiny" and facts["seed"] == 7 and facts["max_iter"] == 30
    assert facts["images per iteration"] == 6 and facts["device"] == "cpu"
    assert (facts["caffe2torch"], facts["torch"]) == (__version__, torch.__version__)


def test_the_lint_of_a_run_before_is_removed(tmp_path: Path) -> None:
    state = tiny.solver(tiny.write(tmp_path)).state
    LintNotes(lambda _: tmp_path, "s:1:1: error C2T301").on_start(state)
    assert (tmp_path / "lint.txt").read_text() == f"{LINT_HEAD}\ns:1:1: error C2T301\n"
    LintNotes(lambda _: tmp_path, "").on_start(state)
    assert not (tmp_path / "lint.txt").exists()
