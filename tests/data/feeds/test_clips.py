"""Clips: sizes and places of their crops, mirrored flow."""

from __future__ import annotations

import numpy as np
import pytest
from google.protobuf import text_format

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.feeds._clips import crop_sizes, cropped, draw_crop
from caffe2torch.errors import ShapeError


def param(text: str) -> pb.TransformationParameter:
    return text_format.Parse(text, pb.TransformationParameter())


def test_sizes_differ_by_one_step_at_most() -> None:
    rule = param("crop_size: 224 scale_ratios: [1, 0.875, 0.75]")
    # 256, 224 and 192
    wanted = [(256, 256), (256, 224), (224, 256), (224, 224), (224, 192), (192, 224), (192, 192)]
    assert crop_sizes(rule, 256, 340) == wanted


def test_a_size_near_the_nets_is_the_nets() -> None:
    rule = param("crop_size: 224 scale_ratios: 0.87 max_distort: 0")
    assert crop_sizes(rule, 256, 340) == [(224, 224)]  # int(222.7) is 222


@pytest.mark.parametrize(
    ("fields", "places"),
    [
        ("fix_crop: true", {(0, 0), (0, 8), (4, 0), (4, 8), (2, 4)}),
        (
            "fix_crop: true more_fix_crop: true",
            {(y, x) for y in (0, 2, 4) for x in (0, 4, 8)}
            | {(y, x) for y in (1, 3) for x in (2, 6)},
        ),
        ("", {(y, x) for y in range(5) for x in range(10)}),
    ],
)
def test_places(fields: str, places: set[tuple[int, int]]) -> None:
    rule, rng = param(f"crop_size: 4 {fields}"), np.random.default_rng(0)
    drawn = {draw_crop(rule, (8, 13), True, rng)[:2] for _ in range(600)}
    assert drawn == places


def test_testing_takes_the_middle() -> None:
    rule = param("crop_size: 4 fix_crop: true multi_scale: true")
    assert draw_crop(rule, (8, 13), False, np.random.default_rng(0)) == (2, 4, 4, 4)


def test_other_sizes_are_resized_to_the_nets() -> None:
    rule = param("crop_size: 4 multi_scale: true")
    clip = np.full((6, 9, 9), 50, np.uint8)
    for seed in range(8):
        got = cropped(clip, rule, True, np.random.default_rng(seed))
        assert got.shape == (6, 4, 4)
        assert (got == 50).all()


def test_a_mirrored_flow_turns_its_horizontal_part_round() -> None:
    clip = np.tile(np.array([10, 20, 30], np.uint8), (4, 1, 1))
    seen = {
        cropped(clip, param("mirror: true is_flow: true"), True, np.random.default_rng(s)).tobytes()
        for s in range(8)
    }
    flipped = np.array([[225, 235, 245], [30, 20, 10]] * 2, np.uint8)
    assert seen == {clip.tobytes(), flipped.tobytes()}


def test_a_crop_larger_than_the_frames_is_refused() -> None:
    with pytest.raises(ShapeError, match="larger than the frames"):
        draw_crop(param("crop_size: 9"), (8, 13), False, np.random.default_rng(0))
