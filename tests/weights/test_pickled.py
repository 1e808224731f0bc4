"""Files of torch.save: what they may hold, and what of them is refused."""

from __future__ import annotations

import os
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest
import torch

from caffe2torch.errors import WeightsError
from caffe2torch.weights import pickled


def test_what_torch_saved_comes_back(tmp_path: Path) -> None:
    shared = torch.arange(6.0).reshape(2, 3)
    content = OrderedDict(a=shared, b=shared.T, c={"d": [torch.tensor(1)], "e": torch.empty(0)})
    torch.save(content, tmp_path / "f.pt")
    back = pickled.load(tmp_path / "f.pt")
    assert back["b"].equal(shared.T)
    assert back["c"]["d"][0] == 1
    torch.save(content, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    assert pickled.load(tmp_path / "old.pt")["a"].equal(shared)


def test_packed_archives_and_repeated_numbers_are_refused(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1_000_000)}, tmp_path / "f.pt")
    with (
        zipfile.ZipFile(tmp_path / "f.pt") as plain,
        zipfile.ZipFile(tmp_path / "packed.pt", "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for name in plain.namelist():
            packed.writestr(name, plain.read(name))
    assert (tmp_path / "packed.pt").stat().st_size < 20_000
    with pytest.raises(WeightsError, match="is packed, which torch.save never does"):
        pickled.load(tmp_path / "packed.pt")
    torch.save([{"a": torch.zeros(1).expand(1_000_000_000)}], tmp_path / "large.pt")
    with pytest.raises(WeightsError, match="has more numbers than the file's"):
        pickled.load(tmp_path / "large.pt")


@pytest.mark.parametrize(
    "data", [b"", b"\x80\x02}q\x00(X\x05", b"PK\x03\x04", b"]" * 99_999 + b"."]
)
def test_damage_is_a_message(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "f.pt").write_bytes(data)
    with pytest.raises(WeightsError, match="f.pt cannot be read: "):
        pickled.load(tmp_path / "f.pt")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "f.pt")
    with pytest.raises(OSError, match="named pipe"):
        pickled.load(tmp_path / "f.pt")


def test_a_pickle_inside_of_an_archive_that_ends_early(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(3)}, tmp_path / "f.pt")
    with (
        zipfile.ZipFile(tmp_path / "f.pt") as whole,
        zipfile.ZipFile(tmp_path / "cut.pt", "w") as cut,
    ):
        for name in whole.namelist():
            data = whole.read(name)
            cut.writestr(name, b"\x80\x02}q\x00(X\x05" if name.endswith("data.pkl") else data)
    with pytest.raises(WeightsError, match="cannot be read"):
        pickled.load(tmp_path / "cut.pt")
