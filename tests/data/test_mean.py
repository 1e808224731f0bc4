"""Mean images: Caffe's own files bit by bit, units, comparison with a database."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.importers.database import write_images
from caffe2torch.data.mean import (
    compare,
    compute_mean,
    database_mean,
    factor_to,
    load_mean,
    read_mean,
    save_mean,
    unit_of,
)
from caffe2torch.data.sources import open_source
from caffe2torch.errors import DataError
from tests.conftest import GOLDEN
from tests.data.one_feed import datum, write
from tools.golden.transform import mean_image

PART = GOLDEN / "transform"

MEANS = json.loads((PART / "index.json").read_text())["means"]


@pytest.mark.parametrize("case", MEANS, ids=[case["file"] for case in MEANS])
def test_equals_what_caffes_tool_wrote_and_said(
    case: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(PART)
    assert mean_image(case).problems == []


def test_records_of_another_size_are_refused_by_name(tmp_path: Path) -> None:
    sizes = [(1, 2, 3), (1, 3, 2), (1, 2, 2)]
    source = open_source(write(tmp_path / "db", (datum(np.ones(size, np.uint8)) for size in sizes)))
    # As in Caffe only the number of values counts: the second record passes.
    with pytest.raises(DataError, match='record "00000002": has 4 values, and the first.*has 6'):
        compute_mean(source)
    source.close()


def test_the_sum_runs_in_float32(tmp_path: Path) -> None:
    pixel = np.full((1, 1, 1), 2.0**24, np.float32)
    one = np.full((1, 1, 1), 1.0, np.float32)
    source = open_source(write(tmp_path / "db", map(datum, [pixel, one, one])))
    # 2^24 + 1 is 2^24 in float32
    assert compute_mean(source)[0, 0, 0] == np.float32(2.0**24) / np.float32(3)
    source.close()


def mean(*values: float) -> np.ndarray:
    """A mean of len(values) channels of 1x2 pixels, constant in each channel."""
    return np.array([[[v, v]] for v in values], np.float32)


def archive() -> bytes:
    file = io.BytesIO()
    np.savez(file, a=np.zeros(3))
    return file.getvalue()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((104, 117, 123), 255),
        ((1.5, 1.5, 1.5), 255),
        ((0.41, 0.46, 0.48), 1),
        ((1.0, 0.5, 0.0), 1),
        ((-1, 0, 1), None),
        ((0, 0, 0), None),
        ((26520, 29835, 31365), None),
    ],
)
def test_the_unit_is_told_by_the_range(values: tuple[float, ...], expected: int | None) -> None:
    assert unit_of(mean(*values)) == expected


@pytest.mark.parametrize(
    ("value", "wanted", "factor"), [(0.5, 255, 255), (100, 1, 1 / 255), (100, 255, 1), (0.5, 1, 1)]
)
def test_the_factor_leads_from_one_unit_to_the_other(value, wanted, factor) -> None:
    assert factor_to(mean(value), wanted) == factor


def test_a_range_of_no_unit_asks_for_the_factor() -> None:
    with pytest.raises(DataError, match="values from -1 to 300 .* → say the factor itself"):
        factor_to(mean(-1, 300), 255)


@pytest.mark.parametrize("shape", [(3,), (3, 1, 1), (1, 3, 1, 1)])
def test_a_npy_of_channel_values_is_read_as_one_pixel(tmp_path: Path, shape) -> None:
    np.save(tmp_path / "m.npy", np.array([1.5, 2, 3]).reshape(shape))
    read = load_mean(tmp_path / "m.npy")
    assert (read.shape, read.dtype) == ((3, 1, 1), np.float32)
    assert read.ravel().tolist() == [1.5, 2, 3]


def test_a_npy_of_one_grey_image_gets_a_channel(tmp_path: Path) -> None:
    np.save(tmp_path / "m.npy", np.ones((4, 5)))
    assert load_mean(tmp_path / "m.npy").shape == (1, 4, 5)


@pytest.mark.parametrize("name", ["m.npy", "m.binaryproto"])
def test_what_is_written_is_read_again(tmp_path: Path, name: str) -> None:
    array = np.random.default_rng(1).uniform(0, 255, (3, 4, 5)).astype(np.float32)
    save_mean(tmp_path / name, array)
    assert np.array_equal(load_mean(tmp_path / name), array)
    assert [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("save", "message"),
    [
        (lambda p: p.write_bytes(b""), "no .npy file"),
        (lambda p: p.write_bytes(b"not numpy at all"), "no .npy file"),
        (lambda p: np.save(p, np.zeros((2, 3, 4, 5))), r"float64 of shape \(2, 3, 4, 5\) is no"),
        (lambda p: np.save(p, np.zeros((0, 3, 3))), "is no mean"),
        (lambda p: np.save(p, np.array(["a"])), "is no mean"),
        (lambda p: np.save(p, np.array([[np.nan]])), "holds NaN"),
        (lambda p: p.write_bytes(archive()), "an archive of arrays"),
    ],
)
def test_a_npy_that_is_no_mean_is_refused(tmp_path: Path, save, message: str) -> None:
    save(tmp_path / "m.npy")
    with pytest.raises(DataError, match=f"m.npy.*{message}|{message}"):
        load_mean(tmp_path / "m.npy")


def test_the_golden_means_are_read(golden: Path) -> None:
    found = sorted((golden / "transform").rglob("*.binaryproto"))
    assert found
    for path in found:
        assert load_mean(path).ndim == 3


@pytest.fixture
def database(tmp_path: Path) -> str:
    """Two records of 3x1x2: channels 10, 100, 200 and 30, 110, 250."""
    images = np.array(
        [[[[10] * 2], [[100] * 2], [[200] * 2]], [[[30] * 2], [[110] * 2], [[250] * 2]]]
    )
    write_images(tmp_path / "lmdb", images.astype(np.uint8), [0, 1], [0, 1])
    return str(tmp_path / "lmdb")


def test_the_mean_of_a_database_is_that_of_its_records(database: str) -> None:
    theirs, count = database_mean(database)
    assert count == 2
    assert theirs.tolist() == [[[20, 20]], [[105, 105]], [[225, 225]]]


def test_a_missing_database_is_named() -> None:
    with pytest.raises(DataError, match='database "missing_lmdb" does not exist'):
        database_mean("missing_lmdb")


def test_records_of_two_sizes_have_no_mean(golden: Path) -> None:
    with pytest.raises(DataError, match="records of one size"):
        database_mean(str(golden / "invalid" / "ragged_lmdb"))


def test_the_same_mean_is_close(database: str) -> None:
    theirs, _ = database_mean(database)
    result = compare(mean(21, 104, 225), theirs)
    assert result.close
    assert result.difference == pytest.approx(2 / 3)


def test_a_mean_in_the_other_unit_is_a_255th(database: str) -> None:
    theirs, _ = database_mean(database)
    result = compare(mean(20, 105, 225) / np.float32(255), theirs)
    assert not result.close
    assert result.factor == pytest.approx(1 / 255)


def test_reversed_channels_are_noticed(database: str) -> None:
    theirs, _ = database_mean(database)
    result = compare(mean(225, 105, 20), theirs)
    assert not result.close
    assert result.reversed == 0


def test_one_value_a_channel_is_compared_with_the_channels(database: str) -> None:
    theirs, _ = database_mean(database)
    assert compare(np.array([20, 105, 225], np.float32).reshape(3, 1, 1), theirs).close


def test_a_mean_of_another_size_is_refused(database: str) -> None:
    theirs, _ = database_mean(database)
    with pytest.raises(DataError, match="the mean is 1x2x2, but the records are 3x1x2"):
        compare(np.ones((1, 2, 2), np.float32), theirs)


def test_a_mean_of_three_axes_is_another_image_to_caffe(tmp_path: Path) -> None:
    """Real Caffe: Check failed: datum_channels == data_mean_.channels() (1 vs. 8)."""
    mean3 = pb.BlobProto(data=[7] * 64)
    mean3.shape.dim.extend((1, 8, 8))
    path = tmp_path / "m.binaryproto"
    path.write_bytes(mean3.SerializeToString())
    with pytest.raises(DataError, match=r"has 3 axes, .*reads it as 1 image of 8x8x1") as refused:
        read_mean(str(path))
    assert "c2t rescale-mean m.binaryproto --scale 1 -o new_m.binaryproto" in refused.value.hint
    save_mean(path, load_mean(path))
    assert read_mean(str(path)).shape == (1, 8, 8)
