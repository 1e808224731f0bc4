"""Tar files as databases."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from caffe2torch.data.sources import open_source
from caffe2torch.errors import DataError


def test_an_incomplete_sample_is_named(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        member = tarfile.TarInfo("lonely.png")
        archive.addfile(member)
    with pytest.raises(DataError, match='sample "lonely" has no label'):
        open_source(str(tmp_path / "a.tar"))
    (tmp_path / "b.tar").write_bytes(b"no tar" * 200)
    with pytest.raises(DataError, match="no tar file"):
        open_source(str(tmp_path / "b.tar"))
