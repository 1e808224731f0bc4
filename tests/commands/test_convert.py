"""`c2t convert` writes code that runs without caffe2torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from caffe2torch.cli import cli

NET = """\
name: "small"
layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "deep" type: "ReLU" bottom: "x" top: "y" include { stage: "deep" } }
layer { name: "act" type: "ReLU" bottom: "x" top: "y" exclude { stage: "deep" }
        relu_param { negative_slope: 0.5 } }
"""


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "net.prototxt"
    path.write_text(NET)
    return path


def run(*args: object) -> Result:
    return CliRunner().invoke(cli, ["convert", *map(str, args)])


def test_the_source_is_printed(net: Path) -> None:
    result = run(net)
    assert result.exit_code == 0
    assert "nn.LeakyReLU(0.5)" in result.output
    compile(result.output, "net.py", "exec")


def test_the_stage_chooses_the_layers(net: Path) -> None:
    assert "LeakyReLU" not in run(net, "--stage", "deep").output


def test_the_file_runs_with_torch_alone(net: Path, tmp_path: Path) -> None:
    out = tmp_path / "out" / "net.py"
    out.parent.mkdir()
    result = run(net, "-o", out, "--phase", "train")
    assert result.output == f"{out}: 11 lines; same outputs as the graph\n"
    program = """
import sys
sys.modules["caffe2torch"] = None
import torch, net
(kind,) = [v for v in vars(net).values() if isinstance(v, type) and v.__module__ == "net"]
print(kind()(torch.tensor([[-2.0, 0.0, 4.0]])).tolist())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=out.parent, capture_output=True, text=True
    )
    assert done.stdout == "[[-1.0, 0.0, 4.0]]\n", done.stderr


def test_an_existing_file_is_kept_without_force(net: Path, tmp_path: Path) -> None:
    out = tmp_path / "net.py"
    out.write_text("mine")
    result = run(net, "-o", out)
    assert (result.exit_code, out.read_text()) == (2, "mine")
    assert run(net, "-o", out, "--force").exit_code == 0
    assert "nn.LeakyReLU(0.5)" in out.read_text()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no layers"),
        ('layer { name: "a" type: "Nonsense" top: "x" }', 'unknown layer type "Nonsense"'),
        ('layer { name: "a" type: "ReLU" bottom: "x" top: "x" }', "net.prototxt:1:"),
        ("layer {", "net.prototxt:1:"),
    ],
)
def test_a_net_that_cannot_be_built_is_explained(net: Path, text: str, message: str) -> None:
    net.write_text(text)
    result = run(net)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "fault of caffe2torch" not in result.stderr
