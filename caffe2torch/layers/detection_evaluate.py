"""DetectionEvaluate: which detections are right, for the average precision (SSD)."""

from __future__ import annotations

from pathlib import Path

from caffe2torch.data.paths import resolve
from caffe2torch.errors import ShapeError, UnsupportedError
from caffe2torch.layers._boxes import box_overlap
from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, literal
from caffe2torch.layers.lazy import nn, torch


class DetectionEvaluate(Layer):
    """Marks every detection as true or false positive, after the number of objects per class.

    Shape:    detections (1, 1, K, 7), truth (1, 1, G, 8): image, label, instance, corners,
              difficult -> (1, 1, E, 5): for each class but the background (-1, class, objects,
              -1, -1), then for each detection (image, class, score, true, false)
    Params:   num_classes, or without it the classes that the truth holds (as SSD's first
              version); background_label_id [0]; overlap_threshold [0.5];
              evaluate_difficult_gt [true]: if not, difficult objects count neither way;
              name_size_file (lines "name height width"): compare in pixels of these images
    Weights:  none
    Differs:  a name_size_file that does not exist is left out, with a note
    Raises:   ShapeError if the bottoms do not have 7 and 8 columns; UnsupportedError where it
              is to run with a resize_param other than WARP or output_logits
    Source:   SSD's caffe detection_evaluate_layer.cpp
    """

    type = "DetectionEvaluate"
    origin = "ssd"
    bottoms = 2
    roles = frozenset({Role.METRIC})
    object_bottom = 1
    side_effects = True
    backward = "cannot run backward"
    param_field = "detection_evaluate_param"
    examples = (
        Example(
            "detection_evaluate_param { num_classes: 3 }",
            bottoms=[(1, 1, 4, 7), (1, 1, 2, 8)], low=1.0, high=1.9, phase="TEST",
        ),
    )  # fmt: skip

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.detection_evaluate_param
        columns_of = (_with_landmarks(x) or 7, 8)
        for shape, name, columns in zip(x.bottoms, x.bottom_names, columns_of, strict=True):
            if len(shape) != 4 or (*shape[:2], shape[3]) != (1, 1, columns):
                raise ShapeError(
                    f"bottom {name!r} has shape {shape}, not (1, 1, rows, {columns})",
                    field="bottom",
                )
        if param.name_size_file and not self._sizes(x):
            x.notes.append(f"{param.name_size_file} is missing; boxes are compared as fractions")
        if not param.num_classes:  # a row for each class that is in the truth
            return [(1, 1, x.bottoms[1][2] + x.bottoms[0][2], 5)]
        classes = param.num_classes - (param.background_label_id != -1)
        return [(1, 1, classes + x.bottoms[0][2], 5)]

    def _sizes(self, x: Site) -> str:
        path = resolve(x.param.detection_evaluate_param.name_size_file, x.base)
        return path if Path(path).is_file() else ""

    def code(self, x: Site) -> Code:
        if _with_landmarks(x):
            refuse_to_run(x, "detections of caffe_train with more than a box are not reproduced")
        param = x.param.detection_evaluate_param
        resize = param.resize_param
        if param.output_logits or resize.resize_mode != resize.WARP:
            raise UnsupportedError("output_logits and resizing other than WARP are not reproduced")
        settings = (
            param.num_classes,
            param.background_label_id,
            param.overlap_threshold,
            param.evaluate_difficult_gt,
            self._sizes(x),
        )
        return Code(
            f"CaffeDetectionEvaluate({', '.join(map(literal, settings))})",
        )


class CaffeDetectionEvaluate(nn.Module):
    """Compares detections with the truth, image by image; counts images if it has their sizes.

    size_file: lines "name height width", one an image in the order of the data; "" for none.
    """

    def __init__(
        self, classes: int, background: int, least: float, difficult: bool, size_file: str = ""
    ) -> None:
        super().__init__()
        self.classes, self.background, self.least = classes, background, least
        self.difficult, self.sizes, self.images = difficult, [], 0
        if size_file:
            with open(size_file) as file:  # noqa: PTH123 - copied without imports
                words = [line.rsplit(None, 2)[1:] for line in file if line.strip()]
            self.sizes = [(float(height), float(width)) for height, width in words]

    def forward(self, detections: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        detected, objects = detections.detach().reshape(-1, 7), truth.detach().reshape(-1, 8)
        detected = torch.cat((detected[:, :2].trunc(), detected[:, 2:]), dim=1)
        objects = torch.cat((objects[:, :2].trunc(), objects[:, 2:]), dim=1)
        objects = objects[: int((objects[:, 0] != -1).cumprod(0).sum())]
        if self.background >= 0 and self.background in (
            *detected[:, 1].tolist(),
            *objects[:, 1].tolist(),
        ):
            raise ValueError(
                f"DetectionEvaluate: label {self.background} is the background; it is no object's"
            )
        counted = objects if self.difficult else objects[objects[:, 7] == 0]
        rows = [
            [-1.0, label, float((counted[:, 1] == label).sum()), -1.0, -1.0]
            for label in (range(self.classes) if self.classes else objects[:, 1].unique().tolist())
            if label != self.background
        ]
        heads = detected.new_tensor(rows).reshape(-1, 5)
        images = sorted(set(detected[:, 0].tolist()) - {-1.0})
        return torch.cat([heads, *(self._image(image, detected, objects) for image in images)])[
            None, None
        ]

    def _image(self, image: float, detected: torch.Tensor, objects: torch.Tensor) -> torch.Tensor:
        """Rows (K, 5) of the detections of one image, by label."""
        detected, objects = detected[detected[:, 0] == image], objects[objects[:, 0] == image]
        scale = detected.new_ones(4)
        if self.sizes:
            height, width = self.sizes[self.images]
            scale = detected.new_tensor([width, height, width, height])
            self.images = (self.images + 1) % len(self.sizes)
        rows = [detected.new_zeros((0, 5))]
        for label in sorted(set(detected[:, 1].tolist())):
            if label == -1:
                continue
            boxes, real = detected[detected[:, 1] == label], objects[objects[:, 1] == label]
            if len(real):
                boxes = boxes[boxes[:, 2].argsort(descending=True, stable=True)]
            verdict = self._judge(boxes[:, 3:], real, scale)
            rows.append(torch.cat((boxes[:, :3], verdict), dim=1))
        return torch.cat(rows)

    def _judge(self, boxes: torch.Tensor, real: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
        """True and false positives (K, 2) among boxes (K, 4) of one class in one image."""
        if not len(real):
            return boxes.new_tensor([0.0, 1.0]).expand(len(boxes), 2)
        corners = real[:, 3:7]
        if self.sizes:
            boxes, corners = boxes.clamp(0, 1) * scale, corners.clamp(0, 1) * scale
        overlap, nearest = box_overlap(boxes, corners, float(bool(self.sizes))).max(dim=1)
        easy = (real[:, 7] == 0) | self.difficult
        return boxes.new_tensor(true_or_false(overlap >= self.least, nearest, easy))


def _with_landmarks(x: Site) -> int:
    """How many numbers caffe_train's detections have, 15 at most; 0 for the usual 7."""
    columns = x.bottoms[0][-1] if x.bottoms[0] else 0
    return columns if 7 < columns <= 15 else 0


def true_or_false(
    hit: torch.Tensor, nearest: torch.Tensor, counts: torch.Tensor
) -> list[tuple[float, float]]:
    """(1, 0) for the first hit of an object, (0, 1) for others; (0, 0) if it does not count."""
    verdicts, seen = [], set()
    for right, index in zip(hit.tolist(), nearest.tolist(), strict=True):
        if right and not counts[index]:
            verdicts.append((0.0, 0.0))
            continue
        first = right and index not in seen
        verdicts.append((float(first), float(not first)))
        if right:
            seen.add(index)
    return verdicts
