"""The table over a folder of configs: what is linted, what is counted, what is listed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tools import lint_corpus

NET = """\
layer { name: "d" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "l" type: "Input" top: "label" input_param { shape { dim: 2 } } }
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
  inner_product_param { num_output: 4 weight_filler { type: "xavier" } } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" }
"""
DEPLOY = 'layer { name: "d" type: "Input" top: "data" input_param { shape { dim: 2 } } }\n'
SOLVER = 'net: "net.prototxt"\nbase_lr: 0.01\nlr_policy: "step"\ngamma: 0.1\nmax_iter: 10\n'


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    files = {
        "a/net.prototxt": NET,
        "a/deploy.prototxt": DEPLOY,
        "a/solver.prototxt": SOLVER,
        "b/solver.prototxt": SOLVER.replace("step", "fixed").replace("net.", "gone."),
        "c/typo.prototxt": NET.replace("num_output", "num_outputs"),
        "c/torn.prototxt": "layer {",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_each_file_is_linted_once(corpus: Path) -> None:
    cases = lint_corpus.run(corpus)
    assert [(case.path, case.solver, case.complete) for case in cases] == [
        ("a/solver.prototxt", True, True),
        ("b/solver.prototxt", True, False),
        ("c/typo.prototxt", False, True),
    ], "not the net of a solver, not a deploy net, and nothing that is no prototxt"


def test_an_index_says_what_counts(corpus: Path) -> None:
    rows = "path,kind\nc/torn.prototxt,net_train_val\na/deploy.prototxt,net_deploy\n"
    (corpus / "index.csv").write_text(rows, encoding="utf-8")
    (case,) = lint_corpus.run(corpus)
    assert case.path == "c/torn.prototxt"
    assert [f.code for f in case.findings] == ["C2T001"]


def test_the_table(corpus: Path) -> None:
    result = CliRunner().invoke(lint_corpus.main, [str(corpus)])
    assert result.exit_code == 0, result.output
    assert result.output.startswith("2 solvers (1 without their net), 1 nets")
    assert "| C2T303 lr-policy-incomplete | 1 | 0 | 0 | 1 |" in result.output
    assert "- `a/solver.prototxt` C2T303 error: " in result.output
    assert "C2T001" not in result.output, "a net that is not in the folder is no finding"


def test_json_and_a_choice_of_codes(corpus: Path) -> None:
    chosen = ["--format", "json", "--code", "C2T5", "--severity", "any"]
    result = CliRunner().invoke(lint_corpus.main, [str(corpus), *chosen])
    found = json.loads(result.output)
    assert found["counts"]["C2T303 lr-policy-incomplete"] == {"error": 1, "files": 1}
    assert {f["code"][:4] for f in found["findings"]} == {"C2T5"}
    (typo,) = [f for f in found["findings"] if f["code"] == "C2T506"]
    assert (typo["path"], typo["line"]) == ("c/typo.prototxt", 4)
    assert set(found["seconds"]) == {"a/solver.prototxt", "b/solver.prototxt", "c/typo.prototxt"}


def test_a_crash_is_a_failure(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from caffe2torch.lint import faults

    crash = faults.crash("C2T101", ValueError("oh"))
    monkeypatch.setattr(lint_corpus.engine, "run", lambda *_: [crash])
    assert CliRunner().invoke(lint_corpus.main, [str(corpus)]).exit_code == 1


def test_safe_fixes_make_nothing_worse(corpus: Path) -> None:
    """The typo has a safe fix, and what it hid (an unknown field) is gone."""
    result = CliRunner().invoke(lint_corpus.main, [str(corpus), "--fix"])
    assert result.exit_code == 0, result.output
    assert result.output.endswith("fixed, 0 worse\n")
    assert "num_outputs" in (corpus / "c/typo.prototxt").read_text()


@pytest.mark.parametrize(
    ("after", "dearer", "worse"),
    [((0, 3), 1.0, False), ((1, 1), 1.0, False), ((1, 3), 1.0, True), ((2, 0), 1.0, True),
     ((1, 2), 1.09, False), ((1, 2), 1.2, True)],
)  # fmt: skip
def test_what_is_worse(after: tuple[int, int], dearer: float, worse: bool) -> None:
    assert lint_corpus.Fixed("a", 1, (1, 2), after, dearer).worse == worse


def test_passes_of_images(tmp_path: Path) -> None:
    """Ten steps of two batches of 8, each thrice, and two tests of three batches of 4."""
    phases = "".join(
        f'layer {{ name: "d" type: "Data" top: "data" top: "label" include {{ phase: {phase} }} '
        f'data_param {{ source: "db" batch_size: {size} }} }}\n'
        for phase, size in (("TRAIN", 8), ("TEST", 4))
    )
    (tmp_path / "net.prototxt").write_text(phases + NET[NET.index('layer { name: "ip"') :])
    solver = tmp_path / "solver.prototxt"
    solver.write_text(SOLVER + "iter_size: 2\ntest_iter: 3\ntest_interval: 5\n")
    assert lint_corpus.passes(lint_corpus.Context(str(solver))) == 3 * 10 * 16 + 2 * 3 * 4
