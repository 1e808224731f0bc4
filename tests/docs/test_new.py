"""What tools/new.py writes is finished as it stands: it lints, type-checks and passes its test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import ROOT
from tools import new

NAMES = {
    "layer": "GatedDouble", "rule": "display-is-negative", "source": "CountData",
    "command": "show-nets",
}  # fmt: skip


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A copy of the package and what its tests need, with one new part of each kind."""
    folder = tmp_path_factory.mktemp("checkout")
    skip = shutil.ignore_patterns("__pycache__", "golden", "fuzz", "messages", "expected")
    for name in ("caffe2torch", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=skip)
    shutil.copy(ROOT / "pyproject.toml", folder)
    paths: list[str] = []
    for kind, name in NAMES.items():
        result = CliRunner().invoke(new.main, [kind, name, "--into", str(folder)])
        assert result.exit_code == 0, result.output
        paths += result.stdout.splitlines()
    return folder, paths


def run(folder: Path, *words: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, "-m", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_they_pass_their_tests(checkout: tuple[Path, list[str]]) -> None:
    folder, paths = checkout
    tests = [path for path in paths if "/tests/" in path]
    assert len(tests) == len(NAMES)
    assert " passed" in run(folder, "pytest", "-q", "-n0", "-p", "no:cacheprovider", *tests)


def test_ruff_and_mypy_agree(checkout: tuple[Path, list[str]]) -> None:
    folder, paths = checkout
    for module in ("ruff", "mypy"):
        if find_spec(module) is None:
            pytest.skip(f"{module} is not installed")
    run(folder, "ruff", "check", *paths)
    run(folder, "ruff", "format", "--check", *paths)
    code = [path for path in paths if "/tests/" not in path]
    run(folder, "mypy", "--follow-imports=silent", *code)


def test_nothing_is_replaced(checkout: tuple[Path, list[str]]) -> None:
    folder, _ = checkout
    again = CliRunner().invoke(new.main, ["layer", NAMES["layer"], "--into", str(folder)])
    assert again.exit_code == 1
    assert "gated_double.py is there already" in again.output


@pytest.mark.parametrize(
    ("kind", "name", "says"),
    [
        ("layer", "gated", "begins with a capital letter"),
        ("layer", "../Evil", "begins with a capital letter"),
        ("source", "my data", "begins with a capital letter"),
        ("rule", "FillerWide", "the name of a rule is a pattern"),
        ("command", "Show", "written in small letters"),
    ],
)
def test_a_name_that_will_not_do_is_refused(
    tmp_path: Path, kind: str, name: str, says: str
) -> None:
    result = CliRunner().invoke(new.main, [kind, name, "--into", str(tmp_path)])
    assert result.exit_code == 2
    assert says in result.output
    assert not list(tmp_path.iterdir())


def test_a_rule_gets_the_next_code_of_its_group() -> None:
    taken = {p.name[:6] for p in (ROOT / "caffe2torch" / "lint" / "rules").glob("c2t4*.py")}
    (path, _) = new.rule("some-pattern", 4)
    code = Path(path).name[:6]
    assert code not in taken
    assert f"c2t{int(code[3:]) - 1}" in taken
