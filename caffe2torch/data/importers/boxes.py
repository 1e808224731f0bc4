"""COCO's and Pascal VOC's images with their boxes, as records for SSD's AnnotatedData.

Source: SSD's caffe tools/convert_annoset.cpp; src/caffe/util/io.cpp, ReadXMLToAnnotatedDatum;
        COCO's "Data format"; Everingham et al., "The PASCAL VOC2007 Development Kit"
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from google.protobuf.text_encoding import CEscape

from caffe2torch import caffe_pb2 as pb
from caffe2torch import inputs
from caffe2torch.data.images import decode_image
from caffe2torch.data.skips import Skips
from caffe2torch.errors import DataError

VOC_CLASSES = (
    *("aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow"),
    *("diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa"),
    *("train", "tvmonitor"),
)


@dataclass
class Box:
    """One object: label from 1 on (0 is the background), corners in pixels."""

    label: int
    corners: tuple[float, float, float, float]
    difficult: bool = False


@dataclass
class Picture:
    """An image file, its size as its annotation states it, and its objects."""

    file: Path
    width: float
    height: float
    boxes: list[Box] = field(default_factory=list)


def records(
    pictures: list[Picture],
    progress: Callable[[int], None] = lambda _count: None,
    skips: Skips | None = None,
) -> Iterator[tuple[bytes, bytes]]:
    """Yield key and AnnotatedDatum of each picture; the image is stored as its file is.

    skips: which pictures are left out; none by default
    Raises: DataError naming the file if it is missing, no image, or states no size.
    """
    skips = skips or Skips(0)
    for number, picture in enumerate(pictures):
        try:
            data = inputs.read(picture.file)
            _, h, w = decode_image(data, "unchanged").shape
        except FileNotFoundError:
            skips.leave_out(number, DataError(f"{picture.file} does not exist"))
            continue
        except DataError as error:
            skips.leave_out(number, DataError(f"{picture.file} {error.message}"))
            continue
        width, height = picture.width or w, picture.height or h
        record = pb.AnnotatedDatum(type=pb.AnnotatedDatum.BBOX)
        record.datum.CopyFrom(pb.Datum(data=data, label=-1, encoded=True))
        for box in picture.boxes:
            _add(record, box, width, height)
        progress(number + 1)
        yield f"{number:08d}_{picture.file.name}".encode(), record.SerializeToString()


def _add(record: pb.AnnotatedDatum, box: Box, width: float, height: float) -> None:
    """Put a box into the group of its label, in fractions of the image."""
    groups = [g for g in record.annotation_group if g.group_label == box.label]
    group = groups[0] if groups else record.annotation_group.add(group_label=box.label)
    item = group.annotation.add(instance_id=len(group.annotation))
    left, top, right, bottom = box.corners
    item.bbox.xmin, item.bbox.xmax = left / width, right / width
    item.bbox.ymin, item.bbox.ymax = top / height, bottom / height
    item.bbox.difficult = box.difficult


def read_coco(annotations: Path, images: Path) -> tuple[list[Picture], list[str]]:
    """Return the pictures of a COCO annotation file and the names of its classes, by their id.

    Crowds are left out, as SSD's own preparation does. Raises: DataError if it is no such file.
    """
    try:
        content: dict[str, Any] = inputs.parse_json(inputs.read(annotations))
    except ValueError as error:
        raise DataError(f"{annotations}: no JSON: {error}") from None
    try:
        categories = sorted(content["categories"], key=lambda c: c["id"])
        labels = {category["id"]: i for i, category in enumerate(categories, 1)}
        pictures = {
            image["id"]: Picture(images / image["file_name"], image["width"], image["height"])
            for image in content["images"]
        }
        for entry in content["annotations"]:
            if not entry.get("iscrowd"):
                x, y, w, h = entry["bbox"]
                difficult = bool(entry.get("difficult"))  # as export-db writes it
                box = Box(labels[entry["category_id"]], (x, y, x + w, y + h), difficult)
                pictures[entry["image_id"]].boxes.append(box)
    except KeyError as error:
        raise DataError(
            f"{annotations}: no COCO annotations of objects: {error} is missing",
            hint="name a file such as instances_train2017.json",
        ) from None
    except (ValueError, TypeError) as error:
        raise DataError(f"{annotations}: no COCO annotations of objects: {error}") from None
    return list(pictures.values()), [category["name"] for category in categories]


def read_voc(
    folder: Path, subset: str, classes: tuple[str, ...] = VOC_CLASSES
) -> tuple[list[Picture], list[str]]:
    """Return the pictures of one set of a VOC folder, and the classes by their label.

    folder: as VOCdevkit/VOC2007; subset: a file of ImageSets/Main, such as "trainval"
    Raises: DataError if a file is missing or broken, or an object is of no known class.
    """
    listed = folder / "ImageSets" / "Main" / f"{subset}.txt"
    if not listed.is_file():
        raise DataError(f"{listed} does not exist", hint="name a VOC folder, such as VOC2007")
    labels = {name: i for i, name in enumerate(classes, 1)}
    lines = inputs.read_text(listed, "surrogateescape").splitlines()
    names = [line.split()[0] for line in lines if line.strip()]
    return [_voc_picture(folder, name, labels) for name in names], list(classes)


def _voc_picture(folder: Path, name: str, labels: dict[str, int]) -> Picture:
    path = folder / "Annotations" / f"{name}.xml"
    try:
        with inputs.opened(path) as file:
            root = ElementTree.parse(file).getroot()
        size = [float(root.findtext(f"size/{side}") or 0) for side in ("width", "height")]
        picture = Picture(folder / "JPEGImages" / f"{name}.jpg", size[0], size[1])
        for entry in root.iter("object"):
            corners = [float(entry.findtext(f"bndbox/{side}") or "nan")
                       for side in ("xmin", "ymin", "xmax", "ymax")]  # fmt: skip
            label = labels[(entry.findtext("name") or "").strip()]
            difficult = (entry.findtext("difficult") or "0").strip() == "1"
            picture.boxes.append(
                Box(label, (corners[0], corners[1], corners[2], corners[3]), difficult)
            )
    except FileNotFoundError:
        raise DataError(f"{path} does not exist") from None
    except KeyError as error:
        raise DataError(f"{path}: {error} is none of the {len(labels)} classes") from None
    except (ElementTree.ParseError, ValueError) as error:
        raise DataError(f"{path}: no annotation of VOC: {error}") from None
    return picture


def label_map(names: list[str]) -> str:
    """Return labelmap.prototxt as SSD's layers read it: 0 is the background."""
    items = [("none_of_the_above", 0, "background")]
    items += [(name, i, name) for i, name in enumerate(names, 1)]
    return "".join(
        f'item {{\n  name: "{CEscape(name.encode(), True)}"\n  label: {label}\n'
        f'  display_name: "{CEscape(shown.encode(), True)}"\n}}\n'
        for name, label, shown in items
    )
