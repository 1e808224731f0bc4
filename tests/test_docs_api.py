"""The examples of docs/api.md run, in their order, and satisfy a type checker."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

import caffe2torch
import caffe2torch.lint.engine
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
        [sys.executable, "-m", "mypy", "--follow-imports=silent", str(script)],
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


LINTING = """
import caffe2torch
import caffe2torch.lint.engine
from caffe2torch import lint
from caffe2torch.lint.finding import Finding

found: list[Finding] = lint("none.prototxt", select=("C2T0",))
assert [finding.code for finding in found] == ["C2T001"]
assert caffe2torch.lint("none.prototxt") == found == caffe2torch.lint.engine.lint("none.prototxt")
"""


def test_the_lint_package_is_a_function_too(tmp_path: Path) -> None:
    exec(LINTING, {})
    assert not _mypy(tmp_path, LINTING)
    assert "incompatible type" in _mypy(tmp_path, "import caffe2torch\ncaffe2torch.lint(3)\n")


def test_the_lint_package_takes_what_its_function_takes() -> None:
    ours = inspect.signature(type(caffe2torch.lint).__call__).parameters
    theirs = inspect.signature(caffe2torch.lint.engine.lint).parameters
    assert list(ours)[1:] == list(theirs)
    for name, parameter in theirs.items():
        assert (ours[name].default, ours[name].kind) == (parameter.default, parameter.kind)
