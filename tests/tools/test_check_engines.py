"""tools/check_engines.py runs the deploy nets of a folder, counts, and names what it misses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from caffe2torch.convert.runtimes import installed, registry
from tests.engines.families import SQUEEZENET, layer, source

TOOL = Path(__file__).resolve().parents[2] / "tools" / "check_engines.py"


def test_a_folder_is_counted(tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="the package onnx is not installed")
    if not installed(registry.find("onnxruntime")):
        pytest.skip("onnxruntime is not installed")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "squeeze.prototxt").write_text(SQUEEZENET)
    (tmp_path / "a" / "again.prototxt").write_text(SQUEEZENET)
    (tmp_path / "broken.prototxt").write_text("layer {")
    filtered = source("x", 4, 3) + source("keep", 4) + layer("Filter", "filter", "x keep")
    (tmp_path / "filter.prototxt").write_text(filtered)
    command = [sys.executable, str(TOOL), ".", "--engines", "onnxruntime", "--json", "rows.json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    lines = done.stdout.splitlines()
    assert done.returncode == 1, done.stderr
    assert lines[1].startswith("a/again.prototxt: converts in ")
    assert lines[2].split()[:2] == ["ONNX", "Runtime"]
    assert lines[3].startswith('filter.prototxt: not converted: layer "filter" (Filter): keeps')
    assert lines[-3:] == [
        "2 nets, 2 build and run here",
        "converts     1/2 (50.0%, bar 98%)",
        "onnxruntime  1/1 (100.0%, bar 98%)",
    ]
    rows = json.loads((tmp_path / "rows.json").read_text())
    assert [row["converted"] for row in rows] == [True, False]
    first = {**rows[0], "seconds": 1234.5}
    (tmp_path / "rows.json").write_text(json.dumps([first]))
    again = subprocess.run([*command, "--resume"], capture_output=True, text=True, cwd=tmp_path)
    assert again.stdout.splitlines()[1] == "a/again.prototxt: converts in 1234.5 s"
    assert again.stdout.splitlines()[-3:] == lines[-3:]
