"""The examples of docs/api.md run, in their order, and satisfy a type checker."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

import caffe2torch
from caffe2torch.cli import cli
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def test_the_examples_run(tmp_path: Path) -> None:
    demo = tmp_path / "demo"
    assert CliRunner().invoke(cli, ["quickstart", str(demo)]).exit_code == 0
    script = tmp_path / "examples.py"
    script.write_text("\n".join(BLOCKS))
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        cwd=demo,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _mypy(folder: Path, text: str) -> str:
    """What mypy finds wrong with a script, "" for nothing."""
    if find_spec("mypy") is None:
        pytest.skip("mypy is not installed")
    script = folder / "examples.py"
    script.write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", str(script)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout if done.returncode else ""


def test_the_examples_satisfy_mypy(tmp_path: Path) -> None:
    assert not _mypy(tmp_path, "\n".join(BLOCKS))


def test_every_public_name_is_on_the_page() -> None:
    hidden = {"__version__", "allow_python_layers", "read_net"}
    for name in set(caffe2torch.__all__) - hidden:
        assert re.search(rf"\b{name}\b", PAGE), name


def test_a_type_checker_sees_the_functions_of_the_packages(tmp_path: Path) -> None:
    for function in ("lint.lint_file", "inspect.inspect_file"):
        script = f"import caffe2torch\ncaffe2torch.{function}(3)\n"
        assert "incompatible type" in _mypy(tmp_path, script)


def test_packages_are_no_functions() -> None:
    for package in (caffe2torch.lint, caffe2torch.inspect):
        assert type(package) is ModuleType
