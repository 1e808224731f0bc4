"""A healthy folder for every lint test, written once and copied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from caffe2torch.datasets import digits
from tests.lint.checks import Folder


@pytest.fixture(scope="session")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `c2t quickstart` writes."""
    folder = tmp_path_factory.mktemp("lint") / "digits"
    digits.write_folder(folder, force=False)
    return folder


@pytest.fixture
def folder(healthy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """A copy of the healthy folder, as the working directory."""
    shutil.copytree(healthy, tmp_path / "case")
    monkeypatch.chdir(tmp_path / "case")
    return Folder(Path())
