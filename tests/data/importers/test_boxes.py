"""COCO's and Pascal VOC's images with their boxes, as their authors store them, and broken."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest
from PIL import Image

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.importers import boxes
from caffe2torch.errors import DataError
from caffe2torch.format.text import parse


@pytest.fixture
def picture() -> bytes:
    with io.BytesIO() as out:
        Image.new("RGB", (20, 10), (1, 2, 3)).save(out, "JPEG")
        return out.getvalue()


VOC = """<annotation><size><width>20</width><height>10</height><depth>3</depth></size>
<object><name>cat</name><difficult>1</difficult>
<bndbox><xmin>2</xmin><ymin>1</ymin><xmax>10</xmax><ymax>5</ymax></bndbox></object>
<object><name>cat</name><bndbox><xmin>4</xmin><ymin>5</ymin><xmax>20</xmax><ymax>10</ymax></bndbox>
</object></annotation>"""


def voc(folder: Path, picture: bytes, annotation: str = VOC) -> Path:
    for name in ("ImageSets/Main", "Annotations", "JPEGImages"):
        (folder / name).mkdir(parents=True)
    (folder / "ImageSets/Main/trainval.txt").write_text("000001\n")
    (folder / "Annotations/000001.xml").write_text(annotation)
    (folder / "JPEGImages/000001.jpg").write_bytes(picture)
    return folder


def test_voc_becomes_annotated_records(tmp_path: Path, picture: bytes) -> None:
    pictures, names = boxes.read_voc(voc(tmp_path / "voc", picture), "trainval")
    ((key, value),) = boxes.records(pictures)
    record = pb.AnnotatedDatum.FromString(value)
    assert key == b"00000000_000001.jpg"
    assert record.datum.encoded
    assert record.datum.data == picture
    (group,) = record.annotation_group
    assert group.group_label == names.index("cat") + 1 == 8  # SSD's labelmap_voc.prototxt
    first, second = group.annotation
    assert (first.instance_id, second.instance_id) == (0, 1)
    box = first.bbox
    assert [box.xmin, box.ymin, box.xmax, box.ymax] == pytest.approx([0.1, 0.1, 0.5, 0.5])
    assert (box.difficult, second.bbox.difficult) == (True, False)


def test_broken_voc_names_the_file(tmp_path: Path, picture: bytes) -> None:
    with pytest.raises(DataError, match="'dragon' is none of the 20 classes"):
        boxes.read_voc(voc(tmp_path / "a", picture, VOC.replace("cat", "dragon")), "trainval")
    with pytest.raises(DataError, match="no annotation of VOC"):
        boxes.read_voc(voc(tmp_path / "b", picture, "<annotation>"), "trainval")
    with pytest.raises(DataError, match=r"test\.txt does not exist"):
        boxes.read_voc(tmp_path / "a", "test")


def test_coco_becomes_annotated_records(tmp_path: Path, picture: bytes) -> None:
    (tmp_path / "x.jpg").write_bytes(picture)
    content = {
        "categories": [{"id": 90, "name": "brush"}, {"id": 3, "name": "car"}],
        "images": [{"id": 7, "file_name": "x.jpg", "width": 20, "height": 10}],
        "annotations": [
            {"image_id": 7, "category_id": 90, "bbox": [2, 1, 8, 4], "iscrowd": 0},
            {"image_id": 7, "category_id": 3, "bbox": [0, 0, 1, 1], "iscrowd": 1},
        ],
    }
    (tmp_path / "a.json").write_text(json.dumps(content))
    pictures, names = boxes.read_coco(tmp_path / "a.json", tmp_path)
    assert names == ["car", "brush"]
    ((_, value),) = boxes.records(pictures)
    (group,) = pb.AnnotatedDatum.FromString(value).annotation_group
    assert group.group_label == 2
    assert group.annotation[0].bbox.xmax == pytest.approx(0.5)
    assert 'name: "brush"\n  label: 2' in boxes.label_map(names)
    (tmp_path / "b.json").write_text("{}")
    with pytest.raises(DataError, match="no COCO annotations"):
        boxes.read_coco(tmp_path / "b.json", tmp_path)
    (tmp_path / "x.jpg").unlink()
    with pytest.raises(DataError, match=r"x\.jpg does not exist"):
        list(boxes.records(pictures))


def test_names_of_labels_are_quoted_as_prototxt_has_them() -> None:
    names = ['a" label: 7 } item { name: "b', "back\\slash", "new\nline", "café"]
    text = boxes.label_map(names)
    assert len(parse(text, "f").root.fields) == len(names) + 1
    assert 'name: "café"' in text


def test_an_annotation_of_voc_that_is_no_file_is_refused(tmp_path: Path, picture: bytes) -> None:
    folder = voc(tmp_path / "voc", picture)
    annotation = next((folder / "Annotations").iterdir())
    annotation.unlink()
    os.mkfifo(annotation)
    with pytest.raises(OSError, match="named pipe"):
        boxes.read_voc(folder, "trainval")
