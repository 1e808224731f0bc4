"""The commands of docs/engines.md run, and every option that it names exists."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from caffe2torch.cli import cli
from caffe2torch.convert.runtimes import installed, registry
from caffe2torch.module.blobs import export_blobs
from caffe2torch.weights import write_caffemodel
from tests.convert.one_net import converted
from tests.engines.families import SHUFFLENET, conv, layer, source

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "engines.md").read_text(encoding="utf-8")
COMMANDS = [
    line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.S) for line in block.splitlines()
]


def test_the_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnx", reason="the package onnx is not installed")
    missing = [name for name in registry.names() if not installed(registry.find(name))]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    monkeypatch.chdir(tmp_path)
    conversion = converted(tmp_path, SHUFFLENET)
    (tmp_path / "deploy.prototxt").write_text(SHUFFLENET)
    blobs = export_blobs(conversion.built)
    write_caffemodel(Path("net.caffemodel"), conversion.graph.filtered, blobs)
    for line in COMMANDS:
        words = shlex.split(line)
        if words[0] == "c2t":
            result = CliRunner().invoke(cli, words[1:])
            assert result.exit_code == 0, result.output
        else:
            assert words[:2] == ["python", "tools/check_engines.py"], line
            assert (ROOT / words[1]).is_file()


def test_the_options_exist() -> None:
    text = CliRunner().invoke(cli, ["convert", "--help"]).stdout
    for option in set(re.findall(r"`(--[a-z0-9-]+)", PAGE)):
        assert option in text, option


def test_a_refusal_reads_as_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnx", reason="the package onnx is not installed")
    monkeypatch.chdir(tmp_path)
    text = source("data", 4, 3, 1, 1) + source("keep", 4) + conv("a", "data", 2)
    Path("net.prototxt").write_text(text + layer("Filter", "filter", "a keep"))
    result = CliRunner().invoke(cli, ["convert", "net.prototxt", "-o", "net.onnx"])
    assert result.exit_code == 2
    (said,) = re.findall(r"by name: `(.*?) → ", PAGE, re.S)
    assert " ".join(said.split()) in result.stderr
    assert result.stderr.rstrip().endswith("cut the net there: --end a")
