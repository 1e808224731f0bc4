"""A healthy folder for every lint test, written once and copied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from caffe2torch.data.datasets import digits
from tests.lint.checks import Folder

HERE = Path(__file__).parent / "healthy"


@pytest.fixture(scope="session")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LeNet and its solver, kept here so that no test depends on what is shipped, and data."""
    folder = tmp_path_factory.mktemp("lint") / "digits"
    shutil.copytree(HERE, folder)
    digits.write_databases(folder)
    return folder


@pytest.fixture
def folder(healthy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """A copy of the healthy folder, as the working directory."""
    shutil.copytree(healthy, tmp_path / "case")
    monkeypatch.chdir(tmp_path / "case")
    return Folder(Path())
