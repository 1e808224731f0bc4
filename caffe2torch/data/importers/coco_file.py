"""COCO's file of annotations, written from records with boxes.

Source: COCO's "Data format", Object Detection
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data import boxed


@dataclass
class Coco:
    """What an annotation file holds; names: of the labels, the background's first."""

    names: list[str]
    images: list[dict[str, Any]] = field(default_factory=list)
    annotations: list[dict[str, Any]] = field(default_factory=list)

    def add(self, file: str, shape: tuple[int, ...], record: pb.AnnotatedDatum) -> None:
        """Add an image (C, H, W) with its boxes, in pixels."""
        _, h, w = shape
        image = len(self.images) + 1
        self.images.append({"id": image, "file_name": file, "height": h, "width": w})
        for label, box in boxed.boxes(record):
            size = (box.xmax - box.xmin) * w, (box.ymax - box.ymin) * h
            entry = {
                "id": len(self.annotations) + 1, "image_id": image, "category_id": label,
                "bbox": [box.xmin * w, box.ymin * h, *size], "area": size[0] * size[1],
                "iscrowd": 0, "difficult": int(box.difficult),
            }  # fmt: skip
            self.annotations.append(entry)

    def text(self) -> str:
        """The file; a label without a name is called by its number."""
        most = max([len(self.names) - 1, *(a["category_id"] for a in self.annotations)])
        categories = [{"id": label, "name": self._name(label)} for label in range(1, most + 1)]
        content = {
            "images": self.images, "annotations": self.annotations, "categories": categories,
        }  # fmt: skip
        return json.dumps(content, indent=1)

    def _name(self, label: int) -> str:
        return self.names[label] if label < len(self.names) else str(label)
