"""Images with boxes: read from AnnotatedDatum records, cut and widened together with the boxes.

Source: SSD's caffe data_transformer.cpp (CropImage, ExpandImage, TransformAnnotation) and
        bbox_util.cpp (ProjectBBox, MeetEmitConstraint)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data import boxed, datum, resize, transform
from caffe2torch.data.datum import parse
from caffe2torch.data.faults import at_record
from caffe2torch.data.skips import first_good
from caffe2torch.data.sources import Source
from caffe2torch.data.sources.base import Buffer, walk
from caffe2torch.errors import ShapeError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Annotated:
    """An image and its objects.

    pixels: (C, H, W) uint8 or float32
    boxes:  (B, 4) float32: xmin, ymin, xmax, ymax in fractions of the image
    facts:  (B, 3) float32: label, instance, difficult
    label:  of the whole image
    """

    pixels: NDArray[Any]
    boxes: NDArray[np.float32]
    facts: NDArray[np.float32]
    label: int = 0


def read(record: Buffer, param: pb.TransformationParameter) -> Annotated:
    """Decode a serialised AnnotatedDatum. Raises DataError if it is none."""
    import numpy as np

    message = boxed.message(record)
    inner = parse(message.datum.SerializeToString())
    pixels = datum.pixels(inner, param.force_color, param.force_gray)
    rows = [
        (box.xmin, box.ymin, box.xmax, box.ymax, group.group_label, item.instance_id, box.difficult)
        for group in message.annotation_group
        for item in group.annotation
        for box in (item.bbox,)
    ]
    table = np.array(rows, np.float32).reshape(-1, 7)
    return Annotated(pixels, table[:, :4], table[:, 4:], message.datum.label)


def first_sizes(
    source: Source, param: pb.TransformationParameter
) -> tuple[transform.Shape3, transform.Shape3, int]:
    """Return the first record's shape (C, H, W) resized, the same cropped, and its boxes.

    The first one is the first that may not be left out.
    """

    def item_of(taken: tuple[bytes, Buffer]) -> Annotated:
        key, value = taken
        with at_record(source.path, key):
            return read(value, param)

    item = first_good(walk(source), item_of)
    c, h, w = item.pixels.shape
    if param.HasField("resize_param"):
        resize.check(param.resize_param)
        h, w = resize.new_size(param.resize_param, h, w)
    transform.output_shape(transform.mean_and_scale(param), (c, h, w))
    return (c, h, w), (c, *crop_size(param, h, w)), len(item.boxes)


def crop_size(param: pb.TransformationParameter, height: int, width: int) -> tuple[int, int]:
    """Height and width after cropping; raises ShapeError if the image is smaller."""
    crop = (param.crop_size or param.crop_h or height, param.crop_size or param.crop_w or width)
    if crop[0] > height or crop[1] > width:
        raise ShapeError(
            f"the crop {crop[0]}x{crop[1]} is larger than the image, {height}x{width}",
            field="transform_param.crop_size" if param.crop_size else "transform_param.crop_h",
        )
    return crop


def within(item: Annotated, frame: Any, emit: pb.EmitConstraint | None) -> Annotated:
    """Place the boxes in another frame (xmin, ymin, xmax, ymax), as fractions of it.

    Boxes that lie outside are dropped, others cut off at its border; with `emit` also those whose
    centre lies outside, or of which not enough lies inside.
    """
    import numpy as np

    frame = np.asarray(frame, np.float32)
    size = np.tile(frame[2:] - frame[:2], 2)
    moved = np.clip((item.boxes - np.tile(frame[:2], 2)) / size, 0, 1)
    kept = (moved[:, 2:] > moved[:, :2]).all(axis=1)
    if emit is not None:
        kept &= _emitted(item.boxes, frame, emit)
    return replace(item, boxes=moved[kept], facts=item.facts[kept])


def _emitted(
    boxes: NDArray[np.float32], frame: NDArray[np.float32], emit: pb.EmitConstraint
) -> Any:
    import numpy as np

    if emit.emit_type == pb.EmitConstraint.CENTER:
        centre = (boxes[:, :2] + boxes[:, 2:]) / 2
        return ((centre >= frame[:2]) & (centre <= frame[2:])).all(axis=1)
    return coverage(boxes, frame) > np.float32(emit.emit_overlap)


def coverage(boxes: NDArray[np.float32], frame: NDArray[np.float32]) -> NDArray[np.float32]:
    """Share (B,) of each box (B, 4) that lies in the frame (4,) or in frames (B, 4)."""
    import numpy as np

    low = np.maximum(boxes[..., :2], frame[..., :2])
    high = np.minimum(boxes[..., 2:], frame[..., 2:])
    inside = np.clip(high - low, 0, None).prod(axis=-1)
    area = np.clip(boxes[..., 2:] - boxes[..., :2], 0, None).prod(axis=-1)
    share: NDArray[np.float32] = np.where(inside > 0, inside / np.where(area > 0, area, 1), 0)
    return share


def cut(item: Annotated, frame: NDArray[np.float32], emit: pb.EmitConstraint | None) -> Annotated:
    """Cut a frame (xmin, ymin, xmax, ymax), clipped to 0..1, out of the image."""
    import numpy as np

    frame = np.clip(frame, 0, 1)
    _, h, w = item.pixels.shape
    left, top, right, bottom = frame * np.array([w, h, w, h], np.float32)
    x, y, width, height = int(left), int(top), int(right - left), int(bottom - top)
    inside = within(item, frame, emit)
    return replace(inside, pixels=item.pixels[:, y : y + height, x : x + width])


def widen(
    item: Annotated,
    ratio: float,
    place: tuple[float, float],
    fill: NDArray[np.float32],
    emit: pb.EmitConstraint | None,
) -> Annotated:
    """Put the image into one `ratio` times as large, filled with `fill` (C,) or (C, 1).

    place: how far down and to the right it lies, 0 to 1 of what is free.
    """
    import numpy as np

    c, h, w = item.pixels.shape
    height, width = int(h * ratio), int(w * ratio)
    y, x = int(place[0] * (height - h)), int(place[1] * (width - w))
    large = np.empty((c, height, width), item.pixels.dtype)
    large[...] = np.asarray(fill).reshape(-1, 1, 1)
    large[:, y : y + h, x : x + w] = item.pixels
    frame = (-x / w, -y / h, (width - x) / w, (height - y) / h)
    return replace(within(item, frame, emit), pixels=large)
