"""c2t time: every layer is timed, in both directions, and the shares make a whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from caffe2torch.cli import cli
from caffe2torch.engines import speeds

GOLDEN = Path(__file__).parents[1] / "golden" / "solvers"
ROW = re.compile(r"(\S+) +(\w+) +([\d.]+) ms +(\d+)% +([\d.]+) ms +(\d+)%")


@pytest.fixture(autouse=True)
def in_golden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN)


def c2t(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


@pytest.mark.parametrize("path", ["sgd_plain/net.prototxt", "sgd_plain/solver.prototxt"])
def test_every_layer_has_its_times(path: str) -> None:
    result = c2t("time", path, "--iterations", "5")
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    rows = [ROW.match(line) for line in lines[1:-1]]
    layers = ["data", "conv", "relu", "pool", "ip1", "act", "score", "loss"]
    assert [row[1] for row in rows if row] == layers
    forward = {row[1]: float(row[3]) for row in rows if row}
    backward = {row[1]: float(row[5]) for row in rows if row}
    assert all(time > 0 for time in forward.values())
    assert all(time > 0 for name, time in backward.items() if name != "data")
    assert backward["data"] == 0
    for column in (4, 6):
        assert 94 <= sum(int(row[column]) for row in rows if row) <= 106
    assert re.search(r"a batch of 8: [\d,.]+ images/s over 5 batches$", lines[len(layers) + 1])
    assert lines[len(layers) + 2] == "the slowest layers:"
    slow = [
        re.match(r"  (\w+) \(\w+\): \d+% of the forward, at \d+% of", line) for line in lines[-3:]
    ]
    assert {row[1] for row in slow if row} <= {*layers} and all(slow)


@pytest.mark.parametrize(("phase", "engines"), [("TRAIN", False), ("TEST", True)])
def test_whole_batches_are_compared(
    monkeypatch: pytest.MonkeyPatch, phase: str, engines: bool
) -> None:
    monkeypatch.setattr(speeds, "SECONDS", 0.0)
    pytest.importorskip("onnxruntime", reason="the package onnxruntime is not installed")
    result = c2t("time", "sgd_plain/net.prototxt", "--phase", phase, "--compare")
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0].startswith("torch, nchw, 1 thread")
    assert sum(line.endswith("fastest") for line in lines) == 1
    assert ("ONNX Runtime" in result.output) is engines


def test_data_that_is_not_there_is_replaced_and_told(tmp_path: Path) -> None:
    path = tmp_path / "net.prototxt"
    text = (GOLDEN / "sgd_plain" / "net.prototxt").read_text()
    path.write_text(text.replace("db/gray_train_lmdb", "absent_lmdb"))
    result = c2t("time", str(path), "--iterations", "1")
    assert result.exit_code == 0, result.output
    assert result.output.startswith('note: layer "data" (Data)')
    assert "absent_lmdb" in result.output.splitlines()[0]


def test_a_net_that_is_not_there_is_refused() -> None:
    result = c2t("time", "absent.prototxt")
    assert result.exit_code == 2
    assert "absent.prototxt cannot be read" in result.output


def test_a_file_without_layers_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    result = c2t("time", str(tmp_path / "empty"))
    assert result.exit_code == 2
    assert "has no layers" in result.output
