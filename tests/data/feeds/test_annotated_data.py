"""AnnotatedData: whole batches, the row of each box, augmentation, going on exactly."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.probe import top_shapes
from caffe2torch.errors import DataError, ShapeError
from tests.data.one_feed import feed, layer, write

BOXES = [[(1, 0.0, 0.0, 0.5, 0.5), (2, 0.25, 0.5, 1.0, 1.0)], [], [(3, 0.5, 0.0, 1.0, 1.0)]]


def record(index: int) -> pb.AnnotatedDatum:
    """A picture whose left half has the colour 10 i + 10, and whose right half is 200."""
    pixels = np.full((20, 40, 3), 10 * index + 10, np.uint8)
    pixels[:, 20:] = 200
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    message = pb.AnnotatedDatum(type=pb.AnnotatedDatum.BBOX)
    message.datum.data, message.datum.encoded = stream.getvalue(), True
    for label, *corners in BOXES[index]:
        box = message.annotation_group.add(group_label=label).annotation.add(instance_id=4).bbox
        box.xmin, box.ymin, box.xmax, box.ymax = corners
    return message


@pytest.fixture
def database(tmp_path: Path) -> str:
    return write(tmp_path / "db", map(record, range(3)))  # type: ignore[arg-type]


def text(path: str, transform: str = "", batch: int = 3, sampler: str = "") -> str:
    return (
        f'type: "AnnotatedData" data_param {{ source: "{path}" batch_size: {batch} backend: LMDB }}'
        f"transform_param {{ {transform} }} annotated_data_param {{ {sampler} }}"
    )


def test_a_batch_and_the_rows_of_its_boxes(database: str) -> None:
    source = feed(text(database, "mean_value: [1, 2, 3] scale: 0.5"))
    data, rows = source.next_batch()
    assert data.shape == (3, 3, 20, 40)
    assert data[:, 0, 0, 0].tolist() == [4.5, 9.5, 14.5]
    assert data[0, :, 0, 39].tolist() == [99.5, 99, 98.5]
    assert rows.shape == (1, 1, 3, 8)
    assert rows[0, 0].tolist() == [
        [0, 1, 4, 0, 0, 0.5, 0.5, 0], [0, 2, 4, 0.25, 0.5, 1, 1, 0], [2, 3, 4, 0.5, 0, 1, 1, 0]
    ]  # fmt: skip
    source.close()


def test_a_batch_without_objects_has_a_row_of_minus_one(database: str) -> None:
    source = feed(text(database, batch=1))
    source.next_batch()
    assert source.next_batch()[1].tolist() == [[[[-1] * 8]]]
    source.close()


def test_resizing_and_mirroring(database: str) -> None:
    resize = "resize_param { height: 10 width: 10 }"
    seen = set()
    source = feed(text(database, f"{resize} mirror: true", batch=1), train=True)
    for _ in range(12):
        data, rows = source.next_batch()
        assert data.shape == (1, 3, 10, 10)
        if rows[0, 0, 0, 1] == 3:
            flipped = data[0, 0, 0, 0] == 200
            assert rows[0, 0, 0, 3:7].tolist() == ([0, 0, 0.5, 1] if flipped else [0.5, 0, 1, 1])
            seen.add(bool(flipped))
    assert seen == {True, False}
    source.close()


def test_a_crop_takes_the_boxes_with_it(database: str) -> None:
    source = feed(text(database, "crop_h: 20 crop_w: 20"))
    data, rows = source.next_batch()
    # the middle of 40 columns: 10 to 29
    assert data.shape == (3, 3, 20, 20)
    assert data[0, 0, 0].tolist() == [10] * 10 + [200] * 10
    np.testing.assert_allclose(
        rows[0, 0, :, 3:7], [[0, 0, 0.5, 0.5], [0, 0.5, 1, 1], [0.5, 0, 1, 1]]
    )
    source.close()


AUGMENT = """
    resize_param { height: 16 width: 16 interp_mode: [LINEAR, AREA, NEAREST, CUBIC, LANCZOS4] }
    emit_constraint { emit_type: CENTER } mirror: true mean_value: [104, 117, 123]
    expand_param { prob: 0.5 max_expand_ratio: 4.0 }
    distort_param { brightness_prob: 0.5 brightness_delta: 32 contrast_prob: 0.5 contrast_lower: 0.5
      contrast_upper: 1.5 hue_prob: 0.5 hue_delta: 18 saturation_prob: 0.5 saturation_lower: 0.5
      saturation_upper: 1.5 }
"""
SAMPLERS = """
    batch_sampler { max_sample: 1 max_trials: 1 }
    batch_sampler { max_sample: 1 max_trials: 50 sample_constraint { min_jaccard_overlap: 0.5 }
      sampler { min_scale: 0.3 max_scale: 1.0 min_aspect_ratio: 0.5 max_aspect_ratio: 2.0 } }
"""


def test_all_of_ssd_together_keeps_boxes_inside_and_on_their_objects(database: str) -> None:
    source = feed(text(database, AUGMENT, sampler=SAMPLERS), train=True, seed=5)
    areas = set()
    for _ in range(30):
        data, rows = source.next_batch()
        assert data.shape == (3, 3, 16, 16)
        assert np.isfinite(data).all()
        for row in rows[0, 0]:
            assert row[0] in (-1, 0, 2)
            if row[0] >= 0:
                assert 0 <= row[3] < row[5] <= 1
                assert 0 <= row[4] < row[6] <= 1
                areas.add(round(float((row[5] - row[3]) * (row[6] - row[4])), 3))
    assert len(areas) > 30
    source.close()


def test_a_seed_and_a_state_fix_what_comes(database: str) -> None:
    one = feed(text(database, AUGMENT, 2, SAMPLERS), train=True, seed=5)
    one.next_batch()
    state = json.loads(json.dumps(one.state()))
    wanted = one.next_batch()
    other = feed(text(database, AUGMENT, 2, SAMPLERS), train=True, seed=5)
    other.restore(state)
    for a, b in zip(wanted, other.next_batch(), strict=True):
        np.testing.assert_array_equal(a, b)
    one.close(), other.close()


def test_what_is_left_out_is_noted(database: str) -> None:
    source = feed(
        text(database, "noise_param { prob: 0.1 hist_eq: true } distort_param { prob: 1 }")
    )
    assert source.notes == [
        "transform_param.noise_param is not applied",
        "transform_param.distort_param.prob is not applied",
    ]
    source.close()


def test_shapes_are_known_before(database: str) -> None:
    param = layer(text(database, "resize_param { height: 30 width: 50 }"))
    assert top_shapes("AnnotatedData", param, "TRAIN") == [(3, 3, 30, 50), (1, 1, 2, 8)]


@pytest.mark.parametrize(
    ("transform", "message"),
    [
        ("resize_param { height: 30 }", "one of them is 0"),
        ("crop_size: 30", "larger than the image"),
        ("mean_value: [1, 2]", "2 mean_value for 3 channels"),
    ],
)
def test_bad_fields_are_refused(database: str, transform: str, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        top_shapes("AnnotatedData", layer(text(database, transform)), "TRAIN")
    with pytest.raises(ShapeError, match=message):
        feed(text(database, transform))


def test_images_of_different_sizes_need_a_resize(tmp_path: Path) -> None:
    records = [record(0), record(1)]
    stream = io.BytesIO()
    Image.fromarray(np.zeros((9, 9, 3), np.uint8)).save(stream, "PNG")
    records[1].datum.data = stream.getvalue()
    path = write(tmp_path / "db", records)  # type: ignore[arg-type]
    source = feed(text(path, batch=2))
    with pytest.raises(DataError, match=r"comes to \(3, 9, 9\)"):
        source.next_batch()
    source.close()
