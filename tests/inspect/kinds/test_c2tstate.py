"""The third file of a snapshot, as a real run writes it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from caffe2torch.errors import WeightsError
from caffe2torch.inspect import inspect_file
from tests.train import tiny


@pytest.fixture
def sidecar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a run of two iterations left, in the working directory."""
    monkeypatch.chdir(tmp_path)
    solver = tiny.solver(tiny.write(tmp_path))
    solver.step(2)
    solver.snapshot()
    return next(tmp_path.rglob("*_iter_2.c2tstate"))


def test_it_tells_where_the_run_stood(sidecar: Path) -> None:
    report = inspect_file(sidecar)
    assert (report.kind, report.code) == ("c2tstate", 0)
    assert report.json["iter"] == 2
    assert report.json["processes"] == 1
    assert all(verdict.startswith("whole") for verdict in report.json["files"].values())
    assert len(report.json["files"]) == 2


def test_a_file_that_was_changed_or_is_gone_is_named(sidecar: Path) -> None:
    weights = sidecar.with_suffix(".caffemodel")
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    report = inspect_file(sidecar)
    assert report.code == 1
    assert report.json["files"][weights.name] == "changed since"
    weights.unlink()
    assert inspect_file(sidecar).json["files"][weights.name] == "missing"


def test_another_archive_under_its_name_is_one_message(tmp_path: Path) -> None:
    torch.save({"a": torch.ones(1)}, tmp_path / "x.c2tstate")
    with pytest.raises(WeightsError, match="lacks what a snapshot remembers"):
        inspect_file(tmp_path / "x.c2tstate")
