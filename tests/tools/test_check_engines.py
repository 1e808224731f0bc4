"""tools/check_engines.py runs the deploy nets of a folder, counts, and names what it misses."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from caffe2torch.convert.runtimes import installed, registry
from tests.engines.families import SQUEEZENET, layer, source
from tools import check_engines

TOOL = Path(__file__).resolve().parents[2] / "tools" / "check_engines.py"


@pytest.mark.long
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


class Slow(check_engines.Worker):
    """A worker whose process ends while the second engine runs."""

    def _try(self, path: Path, engines: list[str]) -> str:
        done = {"difference": 0.0, "limit": 1e-4}
        row = check_engines.Row(str(path), built=True, converted=True)
        row.engines = {name: done for name in engines if name != "opencv"}
        if "opencv" in engines:
            row = replace(row, engines={"onnxruntime": done}, running="opencv")
        check_engines.keep(row, str(self.aside))
        return "takes more than 1 s" if row.running else ""


def test_an_engine_that_does_not_end_costs_its_column_alone(tmp_path: Path) -> None:
    engines = ["onnxruntime", "opencv", "openvino"]
    row = Slow(engines, 1, tmp_path / "row.json").run(tmp_path / "net.prototxt")
    assert list(row.engines) == engines
    assert row.engines["opencv"]["problem"] == "takes more than 1 s"
    assert [check_engines.equal(row.engines[name]) for name in engines] == [True, False, True]
    assert (row.converted, row.running) == (True, "")


def test_a_process_ends_after_its_own_time() -> None:
    program = "from tools.check_engines import limit_time; limit_time(0)\nwhile True: pass"
    done = subprocess.run([sys.executable, "-c", program], cwd=TOOL.parents[1])
    assert done.returncode == -signal.SIGXCPU
