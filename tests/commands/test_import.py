"""`c2t import` on files as users have them, and as they should not be."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from caffe2torch.cli import cli
from caffe2torch.data.sources import open_source


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Twenty images of 3x2, each filled with its number, labelled 0, 0, 1, 1, ..."""
    pixels = b"".join(bytes([i]) * 6 for i in range(20))
    (tmp_path / "images").write_bytes(struct.pack(">4I", 0x803, 20, 3, 2) + pixels)
    labels = bytes(i // 2 for i in range(20))
    (tmp_path / "labels").write_bytes(struct.pack(">2I", 0x801, 20) + labels)
    return tmp_path


def run(folder: Path, *options: str) -> Result:
    names = (str(folder / name) for name in ("images", "labels", "lmdb"))
    return CliRunner().invoke(cli, ["import", "idx", *names, *options])


def pixels(folder: Path) -> list[int]:
    """First pixel of each record, in the order of the keys."""
    from caffe2torch.data.datum import decode

    source = open_source(str(folder / "lmdb"))
    try:
        return [int(decode(record)[0][0, 0, 0]) for _, record in source]
    finally:
        source.close()


def test_idx_says_what_it_wrote(files: Path) -> None:
    result = run(files)
    assert result.exit_code == 0
    assert result.output == (
        f"{files}/lmdb: 20 records of 1x3x2, labels 0..9\n"
        f"next:  c2t mean {files}/lmdb -o mean.binaryproto\n"
    )
    assert pixels(files) == list(range(20))


def test_idx_shuffles_the_same_way_each_time(files: Path) -> None:
    run(files, "--shuffle")
    once = pixels(files)
    run(files, "--shuffle", "--force")
    assert sorted(once) == list(range(20)) != once
    assert pixels(files) == once
    run(files, "--shuffle", "--seed", "2", "--force")
    assert pixels(files) != once


def test_idx_takes_only_the_limit(files: Path) -> None:
    assert run(files, "--limit", "3").exit_code == 0
    assert pixels(files) == [0, 1, 2]


def test_idx_does_not_overwrite(files: Path) -> None:
    run(files)
    result = run(files)
    assert result.exit_code == 2
    assert "exists already" in result.stderr


def test_idx_refuses_two_files_that_do_not_belong_together(files: Path) -> None:
    (files / "labels").write_bytes(struct.pack(">2I", 0x801, 2) + b"\1\2")
    result = run(files)
    assert result.exit_code == 2
    assert "holds 20 images" in result.stderr
    assert "2 labels → give the two files of one set" in result.stderr
    assert not (files / "lmdb").exists()


def test_idx_names_a_missing_file(files: Path) -> None:
    (files / "labels").unlink()
    result = run(files)
    assert (result.exit_code, result.stderr) == (
        2,
        f"error: {files}/labels: No such file or directory\n",
    )


def test_idx_refuses_a_limit_of_nothing(files: Path) -> None:
    assert run(files, "--limit", "0").exit_code == 2
