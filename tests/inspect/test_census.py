"""A census as lines, as JSON and as a sheet."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

from caffe2torch.data.census import Census, Channels, take_census
from caffe2torch.data.sources import open_source
from caffe2torch.inspect.census import as_dict, lines, write_sheet
from tests.data.one_feed import datum, write


def census() -> Census:
    """Two records of values 1 and 3, of labels 0 and 12."""
    values = (np.array([[4.0]]), np.array([10.0]), np.array([1.0]), np.array([3.0]))
    bins = np.zeros((1, 256), np.int64)
    channels = Channels(2, values[0][0], values[1], values[2], values[3], bins)
    return Census(
        "db", 2, 1, Counter({(1, 2, 3): 2}), labels=Counter({12: 1, 0: 1}), channels={1: channels},
        faults=[("k", "broken")], duplicates=[("b", "a")], runs=2,
    )  # fmt: skip


def test_lines_tell_shapes_moments_labels_and_faults() -> None:
    assert lines(census()) == [
        "db: 2 records, 1 of them encoded",
        "  1x2x3: 2",
        "records of 1 channel: channel, mean, std, low, high",
        "  0:     2.0000     1.0000     1.0000     3.0000",
        "2 labels:",
        f"      0:        1 {'#' * 40}",
        f"     12:        1 {'#' * 40}",
        "order: runs of equal labels are 1.00 records long",
        "1 records have the pixels of another:",
        '  "b" those of "a"',
        "1 records cannot be used:",
        '  "k": broken',
    ]


def test_bars_are_as_long_as_the_labels_are_frequent_and_never_nothing() -> None:
    taken = Census("db", 1100, labels=Counter({0: 1000, 1: 99, 2: 1}), runs=3)
    bars = [line.count("#") for line in lines(taken)]
    assert bars == [0, 0, 40, 4, 1, 0]
    assert lines(taken)[-1].startswith("order: sorted by label: batches are not mixed")


def test_thirty_labels_are_shown_and_the_rest_counted() -> None:
    taken = Census("db", 33, labels=Counter(range(33)), runs=33)
    assert lines(taken)[-2] == "  ... and 3 more"


def test_a_database_without_records() -> None:
    assert lines(Census("db")) == ["db: 0 records, 0 of them encoded"]


def test_json_has_plain_types() -> None:
    content = json.loads(json.dumps(as_dict(census())))
    assert content["shapes"] == [{"shape": [1, 2, 3], "records": 2}]
    assert list(content["labels"].items()) == [("0", 1), ("12", 1)]
    assert content["channels"]["1"]["std"] == [1.0]
    assert content["faults"] == [["k", "broken"]] and not content["sorted_by_label"]


def test_a_sheet_shows_records_of_any_kind(tmp_path: Path) -> None:
    rows = [
        np.full((c, 4, 4), 9, kind) for c, kind in ((1, np.uint8), (3, np.uint8), (2, np.float32))
    ]
    path = write(tmp_path / "db", [datum(pixels) for pixels in rows])
    source = open_source(path)
    write_sheet(take_census(source), source, tmp_path / "sheet.png")
    source.close()
    with Image.open(tmp_path / "sheet.png") as image:
        assert image.size == (960, 640)
