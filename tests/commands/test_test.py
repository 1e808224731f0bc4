"""c2t test: scores of trained weights, as `caffe test` prints them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from caffe2torch.cli import cli

GOLDEN = Path(__file__).parents[1] / "golden" / "solvers"


@pytest.fixture(autouse=True)
def in_golden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN)


def c2t(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def test_a_net_prints_every_batch_and_the_means() -> None:
    weights = "two_losses/init.caffemodel"
    result = c2t("test", "two_losses/net.prototxt", "--weights", weights, "--iterations", "4")
    recorded = (GOLDEN / "logs" / "test.log").read_text().splitlines()
    scores = [line.partition("] ")[2] for line in recorded if "caffe.cpp:3" in line]
    assert result.exit_code == 0
    assert result.output.splitlines() == scores


def test_a_solver_prints_all_its_test_nets_with_their_own_test_iter() -> None:
    result = c2t(
        "test", "separate_nets/solver.prototxt", "--weights", "separate_nets/init.caffemodel"
    )
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert [line for line in lines if line.startswith("test net")] == [
        "test net #0 (test_net file: separate_nets/test_a.prototxt), 4 batches",
        "test net #1 (test_net file: separate_nets/test_b.prototxt), 3 batches",
    ]
    assert sum(line.startswith("Loss: ") for line in lines) == 2


def test_layers_without_weights_are_told() -> None:
    result = c2t(
        "test", "finetune/net.prototxt", "--weights", "sgd_momentum/init.caffemodel",
        "--iterations", "1",
    )  # fmt: skip
    notes = [line for line in result.output.splitlines() if line.startswith("note: ")]
    assert len(notes) == 2
    assert "layers that this net does not have: score" in notes[0]
    assert ": loaded 2, fresh 1 (score_new)" in notes[1]


def test_json_has_the_means_of_each_net() -> None:
    arguments = ("two_losses/net.prototxt", "--weights", "two_losses/init.caffemodel")
    printed = c2t("test", *arguments, "--iterations", "4").stdout.splitlines()
    result = c2t("test", *arguments, "--iterations", "4", "--json")
    (means,) = json.loads(result.stdout)
    assert means["net"] == "two_losses/net.prototxt"
    assert means["iterations"] == 4
    lines = [line for line in printed if not line.startswith("Batch")]
    assert f"Loss: {means['loss']:.6g}" == lines[0]
    assert len(means["scores"]) == len(lines) - 1
    for line, (name, value) in zip(lines[1:], means["scores"].items(), strict=True):
        assert line.startswith(f"{name} = {value:.6g}")
    assert "Batch 0" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("absent.prototxt", "--weights", "w"), "absent.prototxt cannot be read"),
        (("sgd_plain/net.prototxt", "--weights", "absent"), "absent"),
        (("inline_net/../sgd_plain/net.prototxt",), "--weights"),
        (("--weights", "w"), "name a solver or a net"),
    ],
)
def test_what_is_missing_is_named(arguments: tuple[str, ...], message: str) -> None:
    result = c2t("test", *arguments)
    assert result.exit_code == 2
    assert message in result.output


def test_a_solver_without_test_nets_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.prototxt"
    path.write_text('net: "sgd_plain/net.prototxt"\nbase_lr: 1')
    result = c2t("test", str(path), "--weights", "sgd_plain/init.caffemodel")
    assert result.exit_code == 2
    assert "the solver has no test nets" in result.output


def test_another_engine_scores_the_same() -> None:
    pytest.importorskip("onnxruntime", reason="the package onnxruntime is not installed")
    weights = ("--weights", "two_losses/init.caffemodel", "--iterations", "4")
    own = c2t("test", "two_losses/net.prototxt", *weights)
    other = c2t("test", "two_losses/net.prototxt", *weights, "--engine", "onnxruntime")
    assert (other.exit_code, other.stderr) == (0, "note: engine: onnxruntime\n")
    pairs = zip(own.stdout.splitlines(), other.stdout.splitlines(), strict=True)
    for mine, theirs in pairs:
        name, _, value = mine.partition(" = ")
        assert theirs.startswith(name)
        if value:
            shown = float(theirs.partition(" = ")[2].split()[0])
            assert shown == pytest.approx(float(value.split()[0]), rel=1e-5)
