"""CIFAR-10, arrays, COCO and VOC, as their authors store them, and broken."""

from __future__ import annotations

import io
import json
import pickle
import tarfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.datum import decode
from caffe2torch.data.importers import arrays, boxes, cifar10
from caffe2torch.errors import DataError


@pytest.fixture
def cifar() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(0)
    return {
        name: (rng.integers(0, 10, 4), rng.integers(0, 256, (4, 3072), dtype=np.uint8))
        for name in [*cifar10.TRAIN, *cifar10.TEST]
    }


def written(folder: Path, cifar: Any, form: str) -> Path:
    folder.mkdir()
    for name, (labels, data) in cifar.items():
        if form == "binary":
            rows = np.hstack([labels.astype(np.uint8)[:, None], data])
            (folder / f"{name}.bin").write_bytes(rows.tobytes())
        else:
            content = {b"data": data, b"labels": labels.tolist()}
            (folder / name).write_bytes(pickle.dumps(content, protocol=2))
    return folder


@pytest.mark.parametrize("form", ["binary", "python"])
@pytest.mark.parametrize("packed", [False, True])
def test_cifar10_is_read_in_each_of_its_forms(
    cifar: Any, tmp_path: Path, form: str, packed: bool
) -> None:
    path = written(tmp_path / "cifar", cifar, form)
    if packed:
        with tarfile.open(tmp_path / "c.tar.gz", "w:gz") as archive:
            archive.add(path, "cifar-10-batches")
        path = tmp_path / "c.tar.gz"
    train = list(cifar10.records(path, train=True))
    assert [key for key, _ in train] == [b"%05d" % i for i in range(20)]  # convert_cifar_data.cpp
    pixels, label = decode(train[5][1])
    labels, data = cifar["data_batch_2"]
    assert label == labels[1]
    assert (pixels.ravel() == data[1]).all()
    assert len(list(cifar10.records(path, train=False))) == 4


def test_a_cifar_batch_that_is_missing_cut_off_or_evil_is_refused(
    cifar: Any, tmp_path: Path
) -> None:
    path = written(tmp_path / "cifar", cifar, "binary")
    (path / "test_batch.bin").write_bytes(b"\0" * 100)
    with pytest.raises(DataError, match="test_batch.bin is cut off"):
        list(cifar10.records(path, train=False))
    (path / "test_batch.bin").unlink()
    with pytest.raises(DataError, match="holds no test_batch.bin"):
        list(cifar10.records(path, train=False))
    (path / "test_batch").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(DataError, match="names os.system, which is not run"):
        list(cifar10.records(path, train=False))


def test_arrays_become_bytes_or_floats() -> None:
    images = np.arange(24, dtype=np.uint8).reshape(2, 3, 2, 2)
    records = list(arrays.records(images, [4, 5]))
    assert records[1][0] == b"00000001"
    assert (decode(records[1][1])[0] == images[1]).all()
    pixels, label = decode(arrays.datum(np.array([[0.5, 1.5]]), 3).SerializeToString())
    assert (pixels.tolist(), label) == ([[[0.5, 1.5]]], 3)
    for wrong in (np.array([np.nan]), np.array([1e39]), np.array([np.inf])):
        with pytest.raises(DataError, match="NaN, infinity or more"):
            arrays.datum(wrong, 0)


def test_npz_and_hdf5_find_images_and_labels(tmp_path: Path) -> None:
    images, labels = np.zeros((5, 3, 2, 2), np.uint8), np.arange(5)
    np.savez(tmp_path / "a.npz", pictures=images, y=labels)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["pictures"], file["y"] = images, labels.reshape(5, 1)
    for read, name in ((arrays.read_npz, "a.npz"), (arrays.read_hdf5, "a.h5")):
        got, classes = read(tmp_path / name, "", "")
        assert got.shape == images.shape
        assert classes.tolist() == labels.tolist()
        with pytest.raises(DataError, match='It holds "pictures" 5x3x2x2'):
            read(tmp_path / name, "none", "y")
    (tmp_path / "b.npz").write_bytes(b"no zip")
    with pytest.raises(DataError, match="no .npz file"):
        arrays.read_npz(tmp_path / "b.npz", "", "")


def test_nhwc_turns_red_green_blue_into_blue_green_red() -> None:
    pixels = np.array([[[[1, 2, 3]]]], np.uint8)
    assert arrays.from_layout(pixels, "nhwc").ravel().tolist() == [3, 2, 1]
    assert arrays.from_layout(pixels, "nchw") is pixels


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
    with pytest.raises(DataError, match="'dragon' is no class of VOC"):
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
