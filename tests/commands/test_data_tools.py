"""mean, stats, check, copy, export-db and import folder, on JPEGs made from real photographs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from caffe2torch.caffe_pb2 import Datum
from caffe2torch.cli import cli
from caffe2torch.data.datum import decode
from caffe2torch.data.sources import open_source
from tests.data.one_feed import datum, write


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(a) for a in arguments])


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two classes of ten JPEGs of different sizes."""
    rng = np.random.default_rng(0)
    for name, level in (("dark", 40), ("light", 200)):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(10):
            pixels = rng.integers(level - 30, level + 30, (30 + i, 40, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / name / f"{i}.jpg")
    return tmp_path


def test_a_folder_becomes_two_databases_and_labels(photos: Path) -> None:
    result = run("import", "folder", photos / "photos", photos / "db", "--val", "20%")
    assert result.exit_code == 0, result.stderr
    lines = result.output.splitlines()
    assert lines[0] == f"{photos}/db: 16 records of 3x256x256, labels 0..1"
    assert lines[1] == f"{photos}/db_val: 4 records of 3x256x256, labels 0..1"
    assert lines[-1] == f"next:  c2t mean {photos}/db -o mean.binaryproto"
    assert (photos / "labels.txt").read_text() == "dark\nlight\n"
    source = open_source(str(photos / "db"))
    for _, value in source:
        pixels, label = decode(value)
        assert (pixels.mean() > 120) == label
    source.close()
    again = run("import", "folder", photos / "photos", photos / "db", "--val", "20%")
    assert again.exit_code == 2
    assert "exists already" in again.stderr


def test_a_broken_picture_is_named_and_left_out(photos: Path) -> None:
    (photos / "photos" / "dark" / "3.jpg").write_bytes(b"\xff\xd8\xff broken")
    result = run("import", "folder", photos / "photos", photos / "db", "--size", 8)
    assert result.exit_code == 1
    assert "photos/dark/3.jpg" in result.stderr
    assert "19 records of 3x8x8, labels 0..1 (1 could not be read)" in result.output


def test_a_folder_without_classes_is_refused(photos: Path) -> None:
    result = run("import", "folder", photos / "photos" / "dark", photos / "db")
    assert result.exit_code == 2
    assert "a classifier needs two classes" in result.stderr
    assert not (photos / "db").exists()


@pytest.mark.parametrize(
    "flags", [("--gray", "--resize-height", 8, "--resize-width", 9),
              ("-gray", "-resize_height=8", "--resize_width=9", "--noshuffle"),
              ("--gray=true", "--shuffle=false", "--resize_height", 8, "--resize_width", 9)]
)  # fmt: skip
def test_images_takes_the_flags_of_convert_imageset(photos: Path, flags: tuple) -> None:
    (photos / "list.txt").write_text("dark/0.jpg 3\nnone.jpg 1\nlight/1.jpg 4\n")
    names = (f"{photos}/photos/", photos / "list.txt", photos / "db")
    result = run("import", "images", *names, *flags)
    assert result.exit_code == 1
    first, *talk = result.stderr.splitlines()
    assert first == f"Could not open or find file {photos}/photos/none.jpg"
    assert talk == [f"next:  c2t mean {photos}/db -o mean.binaryproto"]
    assert "2 records of 1x8x9, labels 3..4 (1 could not be read)" in result.output
    source = open_source(str(photos / "db"))
    assert [key for key, _ in source] == [b"00000000_dark/0.jpg", b"00000002_light/1.jpg"]
    source.close()


@pytest.fixture
def db(tmp_path: Path) -> str:
    rng = np.random.default_rng(2)
    images = [rng.integers(0, 256, (3, 5, 4), dtype=np.uint8) for _ in range(6)]
    return write(tmp_path / "db", [datum(images[i % 5], i // 2) for i in range(6)])


def test_mean_prints_what_a_net_and_torch_want(db: str, tmp_path: Path) -> None:
    from caffe2torch.weights import read_mean

    result = run("mean", db, "-o", tmp_path / "mean.binaryproto")
    source = open_source(db)
    pixels = np.stack([decode(value)[0] for _, value in source]).astype(np.float64)
    source.close()
    assert np.allclose(read_mean(tmp_path / "mean.binaryproto").reshape(3, 5, 4), pixels.mean(0))
    for value in pixels.mean((0, 2, 3)):
        assert f"mean_value: {value:.6g}\n" in result.output
    std = ", ".join(f"{value / 255:.5f}" for value in pixels.std((0, 2, 3)))
    assert f"[{std}])" in result.output


def test_stats_shows_labels_order_and_duplicates(db: str, tmp_path: Path) -> None:
    result = run("stats", db, "--sheet", tmp_path / "sheet.png")
    assert "3x5x4: 6" in result.output
    assert '"00000005" those of "00000000"' in result.output
    assert "sorted by label" in result.output
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.format == "PNG"
    content = json.loads(run("stats", db, "--json").output)
    assert content["labels"] == {"0": 2, "1": 2, "2": 2}
    assert sum(content["channels"]["3"]["histograms"][0]) == 6 * 20


def test_check_is_silent_about_a_good_database_and_names_bad_records(
    db: str, tmp_path: Path
) -> None:
    result = run("check", db, "--classes", 3)
    assert (result.exit_code, result.output) == (0, f"{db}: 6 records, labels 0..2: fine\n")
    result = run("check", db, "--classes", 2)
    assert result.exit_code == 1
    assert "label 2 (2 records) is not 0..1" in result.output
    floats = np.array([[[1.0, np.nan]]], np.float32)
    bad = write(tmp_path / "bad", [
        datum(np.zeros((1, 2, 2), np.uint8)), Datum(channels=1, height=9, width=9, data=b"x"),
        Datum(data=b"\xff\xd8\xff no jpeg", encoded=True), datum(floats),
        datum(np.zeros((3, 2, 2), np.uint8)), datum(np.zeros((1, 2, 2), np.uint8)),
    ])  # fmt: skip
    result = run("check", bad)
    assert result.exit_code == 1
    for text in (
        'record "00000001": holds 1 bytes', 'record "00000002": is not an image',
        'record "00000003": holds 1 values that are NaN or infinite',
        '3x2x2 among 1x2x2, the first "00000004" → set force_color: true or force_gray',
    ):  # fmt: skip
        assert text in result.output


def test_copy_to_shards_and_back_and_export(db: str, tmp_path: Path) -> None:
    out = tmp_path / "out" / "%06d.tar"
    assert "in 2 files" in run("copy", db, out, "--shard", 4).output
    back = run("copy", tmp_path / "out" / "*.tar", tmp_path / "back", "--encode", "raw")
    assert (
        back.output
        == f"{tmp_path}/back: 6 records of 3x5x4, labels 0..2\nnext:  c2t check {tmp_path}/back\n"
    )
    a, b = open_source(db), open_source(str(tmp_path / "back"))
    for (_, x), (_, y) in zip(a, b, strict=True):
        assert (decode(x)[0] == decode(y)[0]).all()
    a.close()
    b.close()
    result = run("export-db", db, tmp_path / "files")
    assert result.output.startswith(f"{tmp_path}/files: 6 files and list.txt\n")


def test_a_size_that_is_none_is_wrong_usage(db: str, tmp_path: Path) -> None:
    assert run("copy", db, tmp_path / "x", "--resize", "big").exit_code == 2


def _with_bad_records(folder: Path) -> Path:
    """A database of four records (1, 2, 2), of which the second and the third are bad."""
    records = [datum(np.full((1, 2, 2), i, np.uint8), i) for i in range(4)]
    records[1].data, records[2].data = b"x", b"yz"
    return Path(write(folder / "bad", records))


def test_every_tool_that_reads_records_leaves_out_as_many_bad_ones_as_it_may(
    tmp_path: Path,
) -> None:
    bad = _with_bad_records(tmp_path)
    for words in (
        ("mean", bad, tmp_path / "mean.binaryproto"),
        ("export-db", bad, tmp_path / "files"),
        ("copy", bad, tmp_path / "copied"),
    ):
        few = run(*words, "--skip-bad-records", 1)
        assert (few.exit_code, "00000002" in few.stderr) == (2, True), few.stderr
        assert not words[2].exists()
        enough = run(*words, "--skip-bad-records", 2)
        assert enough.exit_code == 0, enough.stderr
        told = [line for line in enough.stderr.splitlines() if "left out" in line]
        assert len(told) == 2 and "00000001" in told[0] and "00000002" in told[1]
    from caffe2torch.weights import read_mean

    assert read_mean(tmp_path / "mean.binaryproto").ravel().tolist() == [1.5] * 4
    assert "2 records" in run("check", tmp_path / "copied").output


def test_images_that_may_be_left_out_do_not_fail_an_import(photos: Path) -> None:
    for name in ("3", "7"):
        (photos / "photos" / "dark" / f"{name}.jpg").write_bytes(b"broken")
    words = ("import", "folder", photos / "photos", photos / "db", "--size", 8)
    few = run(*words, "--skip-bad-records", 1)
    assert few.exit_code == 2 and "Could not open or find file" in few.stderr
    assert not list(photos.glob("*db*"))
    enough = run(*words, "--skip-bad-records", 2)
    assert enough.exit_code == 0 and "(2 could not be read)" in enough.output
    names = "".join(f"dark/{i}.jpg 0\n" for i in range(10))
    (photos / "list.txt").write_text(names)
    words = ("import", "images", f"{photos}/photos/", photos / "list.txt", photos / "listed")
    few = run(*words, "--skip-bad-records", 1)
    assert few.exit_code == 2 and not (photos / "listed").exists()
    assert run(*words, "--skip-bad-records", 2).exit_code == 0
