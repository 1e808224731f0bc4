"""`c2t verify` names the first layer that computes something else."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from caffe2torch.cli import cli
from tests.conftest import GOLDEN

NETS = GOLDEN / "nets"


ELSE = """\
from torch import nn


class N(nn.Module):
    def __init__(self):
        super().__init__()
        self.other = nn.Linear(1, 1)
"""


def run(command: str, *args: object) -> Result:
    return CliRunner().invoke(cli, [command, *map(str, args)])


def given(stem: str) -> list[object]:
    return [NETS / f"{stem}.prototxt", "--weights", NETS / f"{stem}_train_l0.caffemodel"]


@pytest.fixture(scope="module", params=["residual", "siamese", "captioner"])
def files(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A converted net in all kinds of file but ONNX, as STEM.*"""
    folder, stem = tmp_path_factory.mktemp("verify"), str(request.param)
    targets = "python,safetensors,state-dict,exported,caffemodel"
    done = run("convert", *given(stem), "--phase", "TEST", "-o", folder, "--to", targets)
    assert done.exit_code == 0, done.output
    return folder / stem


@pytest.mark.parametrize("suffix", [".py", ".safetensors", ".pt", ".pt2", ".caffemodel"])
def test_what_was_converted_is_equal(files: Path, suffix: str) -> None:
    result = run("verify", *given(files.name), "--against", files.with_suffix(suffix))
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert len(lines) > 5
    assert "results equal within" in lines[-1]


def test_the_first_layer_that_differs_is_named(files: Path, tmp_path: Path) -> None:
    if files.name != "residual":
        pytest.skip("one net is enough")
    source = (NETS / "residual.prototxt").read_text()
    at = source.index('name: "r1a_relu"')
    at = source.index('type: "ReLU"', at) + len('type: "ReLU"')
    other = tmp_path / "other.prototxt"
    other.write_text(f"{source[:at]} relu_param {{ negative_slope: 0.5 }} {source[at:]}")
    result = run("verify", *given("residual"), "--against", other, "--json")
    checks = json.loads(result.stdout)
    apart = [check["name"] for check in checks if check["difference"] > 1e-4]
    assert result.exit_code == 1
    assert apart[0] == "r1a_relu"
    result = run("verify", *given("residual"), "--against", other)
    assert result.stdout.endswith("first to differ: r1a_relu (ReLU)\n")


def test_other_weights_differ_from_the_first_layer_on(files: Path) -> None:
    stem = files.name
    result = run(
        "verify", NETS / f"{stem}.prototxt", "--against", files.with_suffix(".safetensors")
    )
    assert result.exit_code == 1
    assert "first to differ: " in result.stdout
    assert "no --weights: they are the fillers' first values" in result.stderr


def test_onnx_is_compared_inside(tmp_path: Path) -> None:
    missing = [name for name in ("onnx", "onnxscript", "onnxruntime") if not find_spec(name)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    out = tmp_path / "siamese.onnx"
    words = [str(word) for word in given("siamese")]
    for command in (
        ["convert", *words, "--to", "onnx", "-o", str(out)],
        ["verify", *words, "--against", str(out)],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "caffe2torch", *command], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert "cv_b" in done.stdout


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("net.tflite", "x", "is no converted net"),
        ("net.pt2", "x", "cannot be read"),
        ("net.py", "x = 1", "has no torch module that takes no arguments"),
        ("net.py", "def (", "cannot be run: SyntaxError: invalid syntax"),
        ("net.py", "import no_such_thing", "cannot be run: ModuleNotFoundError: No module named"),
        ("net.py", ELSE, "cannot be run: RuntimeError: Error(s) in loading state_dict for N: "),
    ],
)
def test_what_cannot_be_run_is_explained(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    path = tmp_path / name
    path.write_text(content)
    result = run("verify", *given("siamese"), "--against", path)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "fault of caffe2torch" not in result.stderr
