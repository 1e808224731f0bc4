"""`c2t rescale-mean` changes the unit, says what that implies, and never overwrites unasked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from caffe2torch.cli import cli
from caffe2torch.data.importers.database import write_images
from caffe2torch.data.mean import load_mean, save_mean

BGR = np.array([104, 117, 123], np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """raw.binaryproto (3x2x2, 0..255), small.binaryproto (0..1), and lmdb of that mean."""
    raw = np.broadcast_to(BGR[:, None, None], (3, 2, 2)).copy()
    save_mean(tmp_path / "raw.binaryproto", raw)
    save_mean(tmp_path / "small.binaryproto", raw / np.float32(255))
    images = np.stack([raw - 4, raw + 4]).astype(np.uint8)
    write_images(tmp_path / "lmdb", images, [0, 1], [0, 1])
    return tmp_path


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(folder)

    def invoke(*args: str) -> Result:
        return CliRunner().invoke(cli, ["rescale-mean", *args])

    return invoke


def test_alone_it_describes_the_mean_and_writes_nothing(run, folder: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in folder.iterdir()}
    result = run("raw.binaryproto")
    assert result.exit_code == 0
    assert result.output == (
        "raw.binaryproto: 3x2x2\n"
        "  before  104 .. 123, as of pixels 0..255; channels 104, 117, 123\n"
    )
    assert {p: p.stat().st_mtime_ns for p in folder.iterdir()} == before


def test_to_unit_1_divides_by_255_and_says_what_it_implies(run, folder: Path) -> None:
    result = run("raw.binaryproto", "--to-unit", "1", "-o", "new.binaryproto")
    assert result.exit_code == 0
    assert "after   0.407843 .. 0.482353, as of pixels 0..1" in result.output
    assert "it subtracts first" in result.output
    written = load_mean(folder / "new.binaryproto")
    np.testing.assert_allclose(written[:, 0, 0], BGR / 255, rtol=1e-6)


def test_to_unit_255_multiplies_a_small_mean(run, folder: Path) -> None:
    assert run("small.binaryproto", "--to-unit", "255", "-o", "new.npy").exit_code == 0
    np.testing.assert_allclose(np.load(folder / "new.npy")[:, 0, 0], BGR, rtol=1e-6)


def test_to_the_unit_that_it_has_changes_nothing(run, folder: Path) -> None:
    result = run("raw.binaryproto", "--to-unit", "255")
    assert result.exit_code == 0
    assert "after" not in result.output


def test_scale_multiplies(run, folder: Path) -> None:
    run("raw.binaryproto", "--scale", "0.5", "-o", "half.binaryproto")
    assert load_mean(folder / "half.binaryproto")[:, 0, 0].tolist() == [52, 58.5, 61.5]


def test_it_overwrites_the_mean_only_with_force(run, folder: Path) -> None:
    original = (folder / "raw.binaryproto").read_bytes()
    result = run("raw.binaryproto", "--scale", "2")
    assert result.exit_code == 2
    assert "raw.binaryproto exists already" in result.stderr
    assert (folder / "raw.binaryproto").read_bytes() == original
    assert run("raw.binaryproto", "--scale", "2", "--force").exit_code == 0
    assert load_mean(folder / "raw.binaryproto")[:, 0, 0].tolist() == [208, 234, 246]


def test_npy_and_binaryproto_turn_into_each_other(run, folder: Path) -> None:
    assert run("raw.binaryproto", "-o", "a.npy").exit_code == 0
    assert run("a.npy", "-o", "b.binaryproto").exit_code == 0
    assert (folder / "b.binaryproto").read_bytes() == (folder / "raw.binaryproto").read_bytes()


def test_to_values_prints_lines_to_paste_and_nothing_else(run) -> None:
    result = run("raw.binaryproto", "--to-values")
    assert result.exit_code == 0
    assert result.stdout == "mean_value: 104\nmean_value: 117\nmean_value: 123\n"
    assert "before" in result.stderr


def test_to_values_shows_the_rescaled_ones(run, folder: Path) -> None:
    result = run("small.binaryproto", "--to-unit", "255", "--to-values")
    assert result.exit_code == 0
    assert result.stdout == "mean_value: 104\nmean_value: 117\nmean_value: 123\n"


def test_check_is_content_with_the_right_mean(run) -> None:
    result = run("raw.binaryproto", "--check", "lmdb")
    assert result.exit_code == 0
    assert "lmdb: 2 records; channels 104, 117, 123" in result.output
    assert "the mean fits the database (off by 0 of 255 on average)" in result.output


def test_check_finds_a_mean_divided_by_255(run) -> None:
    result = run("small.binaryproto", "--check", "lmdb")
    assert result.exit_code == 1
    assert "the mean is 1/255 of the database's → use --to-unit 255" in result.output


def test_check_looks_at_the_result(run) -> None:
    args = ("small.binaryproto", "--to-unit", "255", "-o", "x.npy", "--check", "lmdb")
    assert run(*args).exit_code == 0


def test_check_finds_a_mean_in_a_unit_too_large(run) -> None:
    result = run("raw.binaryproto", "--scale", "255", "-o", "x.npy", "--check", "lmdb")
    assert result.exit_code == 1
    assert "the mean is 255 times the database's → use --to-unit 1" in result.output


def test_check_finds_reversed_channels(run, folder: Path) -> None:
    save_mean(folder / "rgb.npy", np.array([123, 117, 104], np.float32).reshape(3, 1, 1))
    result = run("rgb.npy", "--check", "lmdb")
    assert result.exit_code == 1
    assert "its channels are RGB" in result.output


def test_check_finds_another_datasets_mean(run, folder: Path) -> None:
    save_mean(folder / "other.npy", np.full((3, 1, 1), 40, np.float32))
    result = run("other.npy", "--check", "lmdb")
    assert result.exit_code == 1
    assert "it was made from other images" in result.output


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["missing.binaryproto"], '"missing.binaryproto" does not exist'),
        (["missing.npy"], "missing.npy: No such file"),
        (["empty.binaryproto"], "empty.binaryproto"),
        (["raw.binaryproto", "--check", "missing_lmdb"], '"missing_lmdb" does not exist'),
        (["raw.binaryproto", "--scale", "2", "--to-unit", "1"], "exclude each other"),
        (["raw.binaryproto", "--to-unit", "2"], "Invalid value for '--to-unit'"),
        (["raw.binaryproto", "--scale", "nan"], "nan is no factor"),
        (["raw.binaryproto", "--scale", "0"], "0.0 is no factor"),
        (["raw.binaryproto", "--scale", "2", "-o", "no/such/x.npy"], "No such file or directory"),
    ],
)
def test_bad_input_is_one_message(run, folder: Path, args: list[str], message: str) -> None:
    (folder / "empty.binaryproto").write_bytes(b"")
    result = run(*args)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "fault of caffe2torch" not in result.stderr
