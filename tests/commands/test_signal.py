"""c2t signal: the layer table, measured beside predicted, and the picture."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from caffe2torch.cli import cli
from tests.lint.nets import chain

SHIPPED = Path(__file__).parents[2] / "solvers"
PNG = b"\x89PNG\r\n"


@pytest.fixture
def lenet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """solvers/mnist_lenet without its databases, as the working directory."""
    shutil.copytree(SHIPPED / "mnist_lenet", tmp_path / "lenet")
    monkeypatch.chdir(tmp_path / "lenet")


def signal(*options: str) -> str:
    """What the command prints."""
    result = CliRunner().invoke(cli, ["signal", *options])
    assert result.exit_code == 0, result.output
    return result.output


def rows(text: str) -> dict[str, list[str]]:
    """Cells by layer, up to the empty line."""
    lines = text.split("\n\n")[0].splitlines()[1:]
    return {line.split()[0]: line.split()[1:] for line in lines}


def test_a_row_for_each_layer_with_weights(lenet: None) -> None:
    text = signal("solver.prototxt")
    found = rows(text)
    assert list(found) == ["conv1", "conv2", "ip1", "ip2"]
    assert all(float(cell) > 0 for cells in found.values() for cell in cells)
    assert re.search(r"loss at iteration 0 2\.[34]\d+ \(chance 2\.303\)", text)
    assert "data assumed to be digits (std 78 of 255)" in text


def test_updates_need_a_rate(lenet: None) -> None:
    """A net alone has no base_lr."""
    assert {cells[-1] for cells in rows(signal("train_val.prototxt")).values()} == {"-"}


def test_measured_beside_predicted(lenet: None) -> None:
    text = signal("solver.prototxt", "--measure", "--batch", "16")
    assert "std measured" in text
    assert "4 of 4 layers within a factor 2" in text
    for cells in rows(text).values():
        assert 0.5 < float(cells[6]) < 2
        assert 0.5 < float(cells[8]) < 2
    assert "measured std" in text


def test_dropout_is_named_where_it_adds_noise() -> None:
    text = signal(str(SHIPPED / "es_vgg" / "solver.prototxt"))
    assert "with dropout)" in text


def test_the_picture(lenet: None) -> None:
    text = signal("solver.prototxt", "--plot", "signal.png")
    assert "signal.png: written" in text
    assert Path("signal.png").read_bytes().startswith(PNG)


def test_lint_prints_the_same_table(lenet: None) -> None:
    result = CliRunner().invoke(cli, ["lint", "--signal", "solver.prototxt"])
    assert result.exit_code == 0
    assert result.output == signal("solver.prototxt")


def test_a_net_without_a_loss_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "deploy.prototxt"
    text = 'input: "data" input_shape { dim: 1 dim: 3 dim: 8 dim: 8 }'
    file.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(cli, ["signal", str(file)])
    assert result.exit_code == 2
    assert "nets with a loss layer" in result.output


def test_numbers_that_nobody_can_imagine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """40 layers with weights of std 1 multiply the signal by 12 each: 1e43, and no overflow."""
    monkeypatch.chdir(tmp_path)
    Path("net.prototxt").write_text(chain(40, 'gaussian" std: 1'), encoding="utf-8")
    text = signal("net.prototxt")
    assert "over 1e+09" in text
    assert "Caffe shows at most 87.3365 a sample" in text
    assert "nan" not in text
    assert "inf" not in text


def test_json_has_the_numbers_of_the_table(lenet: None) -> None:
    table = rows(signal("solver.prototxt"))
    known = json.loads(signal("solver.prototxt", "--json", "--measure", "--batch", "16"))
    assert [layer["name"] for layer in known["layers"]] == list(table)
    assert f"{known['layers'][0]['std']:.3g}" == table["conv1"][0]
    assert known["losses"][0]["chance"] == pytest.approx(2.302585)
    for layer in known["layers"]:
        assert 0.5 < layer["std"] / layer["measured"]["std"] < 2
