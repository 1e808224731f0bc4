"""A database read whole: sums over pixels, broken and repeated records, what spoils training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.census import Census, open_any, problems, take_census
from caffe2torch.data.sources import open_source
from caffe2torch.errors import DataError
from tests.data.one_feed import datum, numbered, write

GREY = np.arange(4, dtype=np.uint8).reshape(1, 2, 2)


def census(path: Path, *records: pb.Datum, pixels: bool = True) -> Census:
    source = open_source(write(path / "db", records))
    try:
        return take_census(source, pixels=pixels)
    finally:
        source.close()


def test_moments_are_over_all_pixels_of_a_channel(tmp_path: Path) -> None:
    colour = np.stack([GREY[0], GREY[0] * 2, np.full((2, 2), 9, np.uint8)])
    taken = census(tmp_path, datum(GREY), datum(GREY + 4), datum(colour, 1))
    one = taken.channels[1]  # 0 to 7
    assert (one.count, one.mean.tolist(), one.low.tolist(), one.high.tolist()) == (
        8,
        [3.5],
        [0],
        [7],
    )
    assert one.std[0] == pytest.approx(np.std(np.arange(8)))
    assert one.histograms[0, :9].tolist() == [1] * 8 + [0]
    assert taken.channels[3].mean.tolist() == [1.5, 3, 9]
    assert dict(taken.shapes) == {(1, 2, 2): 2, (3, 2, 2): 1}


def test_repeated_pixels_name_the_first(tmp_path: Path) -> None:
    taken = census(tmp_path, datum(GREY), datum(GREY + 1), datum(GREY, 5), datum(GREY))
    assert taken.duplicates == [("00000002", "00000000"), ("00000003", "00000000")]
    assert census(tmp_path / "x", datum(GREY), datum(GREY), pixels=False).duplicates == []


@pytest.mark.parametrize("pixels", [True, False])
def test_records_that_cannot_be_used_are_named(tmp_path: Path, pixels: bool) -> None:
    wild = GREY.astype(np.float32)
    wild[0, 0] = [np.nan, np.inf]
    short = pb.Datum(channels=1, height=2, width=2, data=b"123")
    taken = census(tmp_path, datum(GREY), short, datum(wild), pixels=pixels)
    assert [key for key, _ in taken.faults] == ["00000001", "00000002"]
    assert taken.faults[1][1] == "holds 2 values that are NaN or infinite"
    assert taken.count == 3


@pytest.mark.parametrize(
    ("labels", "runs", "length", "in_order"),
    [
        ([0, 0, 1, 1, 1], 2, 2.5, True),
        ([0, 1, 0, 1], 4, 1.0, False),
        ([0, 1, 2], 3, 1.0, False),  # a record a class is no order
        ([4, 4], 1, 2.0, False),  # nor is a single class
    ],
)
def test_runs_of_equal_labels(
    tmp_path: Path, labels: list[int], runs: int, length: float, in_order: bool
) -> None:
    taken = census(tmp_path, *[datum(GREY + i, label) for i, label in enumerate(labels)])
    assert (taken.runs, taken.mean_run, taken.sorted_by_label) == (runs, length, in_order)


def test_progress_counts_every_record(tmp_path: Path) -> None:
    source = open_source(numbered(tmp_path / "db", 3))
    seen: list[int] = []
    take_census(source, seen.append)
    source.close()
    assert seen == [1, 2, 3]


def test_problems_name_keys_shapes_and_labels(tmp_path: Path) -> None:
    wide = np.zeros((1, 2, 3), np.uint8)
    colour = np.zeros((3, 2, 2), np.uint8)
    records = [datum(GREY), datum(GREY, 7), datum(wide), datum(colour, -1), pb.Datum(channels=1)]
    taken = census(tmp_path, *records)
    lines = problems(taken, classes=7)
    assert lines[0].startswith('record "00000004": ')
    assert lines[1:] == [
        '1 records of 1x2x3 among 1x2x2, the first "00000002" → set crop_size, or store images of '
        "one size",
        '1 records of 3x2x2 among 1x2x2, the first "00000003" → set force_color: true or '
        "force_gray: true, or store one kind",
        "label -1 (1 records) is not 0..6",
        "label 7 (1 records) is not 0..6",
    ]
    assert problems(taken)[-1] == "label -1 (1 records) is not 0 or more"


def test_many_faults_are_counted_and_twenty_named() -> None:
    taken = Census("db", faults=[(str(i), "broken") for i in range(23)])
    lines = problems(taken)
    assert len(lines) == 21 and lines[-1] == "... and 3 more records at fault"


def test_an_empty_census_has_no_problems() -> None:
    assert problems(Census("db")) == [] and Census("db").mean_run == 0


def test_what_lies_at_a_path_is_opened_by_its_kind(tmp_path: Path) -> None:
    source = open_any(numbered(tmp_path / "db", 2))
    assert take_census(source).count == 2
    source.close()
    with pytest.raises(DataError):
        open_any(str(tmp_path / "nothing"))
