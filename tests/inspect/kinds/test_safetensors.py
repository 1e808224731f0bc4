"""safetensors are read where they lie, without torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from caffe2torch.errors import C2TError
from caffe2torch.inspect import Report, inspect_file

VALUES = np.array([[1, 2, 3], [4, 5, 9]], np.float32)  # mean 4, variance 40 / 6


def blobs(report: Report, layer: str) -> list[dict]:
    return next(one["blobs"] for one in report.json["layers"] if one["name"] == layer)


def test_safetensors_are_read_without_torch(tmp_path: Path) -> None:
    save_file({"a.weight": VALUES, "a.n": np.array(7)}, tmp_path / "x")
    report = inspect_file(tmp_path / "x")
    assert (report.kind, report.json["format"]) == ("weights", "safetensors")
    assert blobs(report, "a.weight")[0]["mean"] == 4.0
    assert blobs(report, "a.n")[0]["shape"] == []


def test_bfloat16_is_the_upper_half_of_a_float(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file as save

    save({"a": torch.tensor([1.5, -2.0], dtype=torch.bfloat16)}, tmp_path / "x")
    (blob,) = blobs(inspect_file(tmp_path / "x"), "a")
    assert (blob["min"], blob["max"]) == (-2.0, 1.5)


def test_a_safetensors_file_that_is_cut_short_says_so(tmp_path: Path) -> None:
    save_file({"a": np.ones(500, np.float32)}, tmp_path / "x")
    data = (tmp_path / "x").read_bytes()
    for size in (len(data) - 100, 20):
        (tmp_path / "x").write_bytes(data[:size])
        with pytest.raises(C2TError, match="safetensors file, damaged or cut short"):
            inspect_file(tmp_path / "x")
