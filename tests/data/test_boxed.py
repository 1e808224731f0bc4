"""Records with boxes in the tools for databases: read, shown, kept, written as files and back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data import boxed, census, datum
from caffe2torch.data.importers import boxes, copies, images, shards, tally
from caffe2torch.data.mean import compute_mean
from caffe2torch.data.sources import open_source
from caffe2torch.errors import DataError
from caffe2torch.inspect import census as report
from caffe2torch.inspect import records
from tests.data.one_feed import datum as datum_of
from tests.data.one_feed import write

GREY = np.arange(64, dtype=np.uint8).reshape(1, 8, 8)


def annotated(
    *labels: int, pixels: np.ndarray = GREY, xmax: float = 0.75, png: bool = False
) -> pb.AnnotatedDatum:
    """A record with a box (0.25, 0.5) to (xmax, 1) for each label."""
    record = pb.AnnotatedDatum(type=pb.AnnotatedDatum.BBOX, datum=datum_of(pixels, -1))
    if png:
        data = images.encode(pixels, "png")
        record.datum.CopyFrom(pb.Datum(data=data, label=-1, encoded=True))
    for label in labels:
        item = record.annotation_group.add(group_label=label).annotation.add()
        item.bbox.xmin, item.bbox.ymin, item.bbox.xmax, item.bbox.ymax = 0.25, 0.5, xmax, 1
        item.bbox.difficult = False  # written out, as SSD does
    return record


def taken(path: Path, *messages: object) -> census.Census:
    source = open_source(write(path / "db", messages))
    try:
        return census.take_census(source)
    finally:
        source.close()


def test_a_census_counts_objects_in_place_of_labels(tmp_path: Path) -> None:
    c = taken(tmp_path, annotated(1, 3), annotated(3), annotated())
    assert (c.count, c.annotated, c.boxes, dict(c.labels)) == (3, 3, 3, {1: 1, 3: 2})
    assert c.channels[1].mean.tolist() == [31.5]
    assert census.problems(c, 4) == []
    assert census.problems(c, 3) == ["label 3 (2 boxes) is not 1..2"]
    lines = report.lines(c)
    assert "2 labels of 3 objects:" in lines
    assert not any(line.startswith("order") for line in lines)


def test_what_is_wrong_with_boxes(tmp_path: Path) -> None:
    c = taken(tmp_path, annotated(0), annotated(1, xmax=0.25), annotated(1, xmax=float("nan")))
    place = "has a box of label 1 that is not inside of the image: 0.25, 0.5, "
    assert census.problems(c) == [
        f'record "00000001": {place}0.25, 1',
        f'record "00000002": {place}nan, 1',
        "label 0 (1 boxes) is not 1 or more",
    ]
    mixed = taken(tmp_path / "mixed", annotated(1), datum_of(GREY, 1))
    assert census.problems(mixed) == ["1 records are AnnotatedDatum, the others Datum"]


def test_the_mean_is_of_the_images(tmp_path: Path) -> None:
    path = write(tmp_path / "db", [annotated(1), annotated(2, pixels=GREY + 2)])
    source = open_source(path)
    assert (compute_mean(source) == GREY + np.float32(1)).all()
    source.close()


def test_copies_keep_the_boxes() -> None:
    record = annotated(1, 2)
    value = record.SerializeToString()
    assert copies.changed(value, copies.Changes()) == value
    new = pb.AnnotatedDatum.FromString(copies.changed(value, copies.Changes(size=(4, 4))))
    assert datum.decode(new.datum.SerializeToString())[0].shape == (1, 4, 4)
    assert new.annotation_group == record.annotation_group
    assert new.type == record.type
    encoded = copies.changed(value, copies.Changes(encode="png"))
    assert pb.AnnotatedDatum.FromString(encoded).datum.encoded
    line = tally.Tally()
    assert list(line.watch([(b"k", value)])) == [(b"k", value)]
    assert line.text() == "1 record of 1x8x8, 2 objects, labels 1..2"


def test_shards_would_lose_them(tmp_path: Path) -> None:
    one = [(b"k", annotated(1).SerializeToString())]
    with pytest.raises(DataError, match="boxes .* lose them"):
        shards.write_shards(str(tmp_path / "%03d.tar"), one)
    assert list(tmp_path.iterdir()) == []


def test_files_and_back(tmp_path: Path) -> None:
    records = [annotated(1, 3, png=True), annotated(png=True)]
    records[0].annotation_group[1].annotation[0].bbox.difficult = True
    source = open_source(write(tmp_path / "db", records))
    assert copies.export(source, tmp_path / "out", ["none", "cat"], force=False) == 2
    source.close()
    content = json.loads((tmp_path / "out" / "annotations.json").read_text())
    assert [c["name"] for c in content["categories"]] == ["cat", "2", "3"]
    assert content["annotations"][0]["bbox"] == [2, 4, 4, 4]
    pictures, names = boxes.read_coco(tmp_path / "out" / "annotations.json", tmp_path / "out")
    assert names == ["cat", "2", "3"]
    back = [pb.AnnotatedDatum.FromString(value) for _, value in boxes.records(pictures)]
    assert [list(map(str, boxed.boxes(one))) for one in back] == [
        list(map(str, boxed.boxes(one))) for one in records
    ]
    assert [one.datum for one in back] == [one.datum for one in records]
    source = open_source(str(tmp_path / "db"))
    assert copies.export(source, tmp_path / "out", [], force=True) == 2  # it knows its own
    source.close()


@pytest.mark.parametrize("value", [b"", b"\n", b"\n\xff\xff\xff\xff\x0f", b"\n\x05ab", b"ab"])
def test_torn_records_are_messages(value: bytes) -> None:
    try:
        boxed.plain(value)
    except DataError as error:
        assert "is not an AnnotatedDatum" in error.message
    else:
        assert value in (b"", b"ab")


def test_a_data_layer_names_the_layer_that_reads_them() -> None:
    with pytest.raises(DataError, match="is an AnnotatedDatum") as raised:
        datum.decode(annotated(1).SerializeToString())
    assert "AnnotatedData" in str(raised.value)
    assert records.kind(annotated(1).SerializeToString()) == "AnnotatedDatum"
    assert records.kind(datum_of(GREY).SerializeToString()) == "Datum"
