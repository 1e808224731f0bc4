"""Images with boxes: reading, cutting, widening."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.annotated import Annotated, coverage, cut, read, widen, within
from caffe2torch.errors import DataError

EMIT = pb.EmitConstraint()


def item(*boxes: list[float], size: tuple[int, int] = (10, 20)) -> Annotated:
    """An image whose pixel (y, x) is 20 y + x, and box i of label i."""
    pixels = np.arange(size[0] * size[1], dtype=np.uint8).reshape(1, *size)
    facts = np.array([[i, 0, 0] for i in range(len(boxes))], np.float32).reshape(-1, 3)
    return Annotated(pixels, np.array(boxes, np.float32).reshape(-1, 4), facts)


def test_a_record_is_read_with_its_boxes() -> None:
    message = pb.AnnotatedDatum(type=pb.AnnotatedDatum.BBOX)
    stream = io.BytesIO()
    Image.fromarray(np.full((4, 6, 3), (10, 20, 30), np.uint8)).save(stream, "PNG")
    message.datum.data, message.datum.encoded, message.datum.label = stream.getvalue(), True, 7
    group = message.annotation_group.add(group_label=3)
    group.annotation.add(instance_id=1).bbox.CopyFrom(
        pb.NormalizedBBox(xmin=0.1, ymin=0.2, xmax=0.3, ymax=0.4, difficult=True)
    )
    got = read(message.SerializeToString(), pb.TransformationParameter())
    assert got.pixels.shape == (3, 4, 6)
    assert got.pixels[:, 0, 0].tolist() == [30, 20, 10]
    np.testing.assert_allclose(got.boxes, [[0.1, 0.2, 0.3, 0.4]], atol=1e-7)
    assert got.facts.tolist() == [[3, 1, 1]]
    assert got.label == 7


def test_a_record_of_something_else_is_refused() -> None:
    with pytest.raises(DataError, match="not an AnnotatedDatum"):
        read(b"\xff\xff\xff", pb.TransformationParameter())


def test_boxes_in_a_frame_are_cut_off_or_dropped() -> None:
    boxes = ([0.25, 0.25, 0.5, 0.75], [0.5, 0.5, 1.0, 1.0], [0.0, 0.0, 0.25, 1.0])
    got = within(item(*boxes), [0.25, 0.0, 0.75, 1.0], None)
    np.testing.assert_allclose(got.boxes, [[0, 0.25, 0.5, 0.75], [0.5, 0.5, 1, 1]])
    assert got.facts[:, 0].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("emit", "kept"),
    [
        (pb.EmitConstraint(), [0, 1]),
        (pb.EmitConstraint(emit_type="MIN_OVERLAP", emit_overlap=0.5), [0]),
        (pb.EmitConstraint(emit_type="MIN_OVERLAP", emit_overlap=0.1), [0, 1, 2]),
    ],
)
def test_emit_constraint(emit: pb.EmitConstraint, kept: list[int]) -> None:
    # inside; half inside, its centre on the border; a quarter inside
    boxes = ([0.1, 0.1, 0.2, 0.2], [0.25, 0.0, 0.75, 0.5], [0.4, 0.0, 0.8, 0.5])
    got = within(item(*boxes), [0.0, 0.0, 0.5, 1.0], emit)
    assert got.facts[:, 0].tolist() == kept


def test_coverage() -> None:
    boxes = np.array(
        [[0, 0, 1, 1], [0.5, 0, 1.5, 1], [2, 2, 3, 3], [0.2, 0.2, 0.2, 0.4]], np.float32
    )
    frame = np.array([0, 0, 1, 1], np.float32)
    assert coverage(boxes, frame).tolist() == pytest.approx([1, 0.5, 0, 0])


def test_a_cut_takes_pixels_and_boxes() -> None:
    got = cut(item([0.5, 0.5, 0.75, 1.0]), np.array([0.25, 0.5, 1.5, 1.0], np.float32), None)
    assert got.pixels.shape == (1, 5, 15)
    assert got.pixels[0, 0, 0] == 5 * 20 + 5
    np.testing.assert_allclose(got.boxes, [[1 / 3, 0, 2 / 3, 1]], rtol=1e-6)


def test_widening_keeps_the_image_whole() -> None:
    start = item([0.0, 0.5, 1.0, 1.0])
    got = widen(start, 2.0, (0.5, 1.0), np.array([99.0]), EMIT)
    assert got.pixels.shape == (1, 20, 40)
    np.testing.assert_array_equal(got.pixels[:, 5:15, 20:], start.pixels)
    assert (got.pixels[:, :5] == 99).all()
    np.testing.assert_allclose(got.boxes, [[0.5, 0.5, 1.0, 0.75]])
