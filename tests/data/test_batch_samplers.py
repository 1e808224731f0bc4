"""The random frames of SSD: their sizes, and which are good enough."""

from __future__ import annotations

import numpy as np
import pytest
from google.protobuf import text_format

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.batch_samplers import draw_frame, sample_frames, suits

BOXES = np.array([[0.0, 0.0, 0.5, 0.5], [0.8, 0.8, 1.0, 1.0]], np.float32)
FRAME = np.array([0.0, 0.0, 0.5, 1.0], np.float32)


def sampler(text: str) -> pb.BatchSampler:
    return text_format.Parse(text, pb.BatchSampler())


def rule(text: str) -> pb.SampleConstraint:
    return text_format.Parse(text, pb.SampleConstraint())


def test_frames_have_the_wanted_size_and_lie_inside() -> None:
    drawn = pb.Sampler(min_scale=0.3, max_scale=0.9, min_aspect_ratio=0.5, max_aspect_ratio=2)
    rng = np.random.default_rng(0)
    frames = np.stack([draw_frame(drawn, rng) for _ in range(300)])
    size = frames[:, 2:] - frames[:, :2]
    assert frames.min() >= 0
    assert frames.max() <= 1 + 1e-6
    scale, aspect = np.sqrt(size.prod(axis=1)), size[:, 0] / size[:, 1]
    assert 0.3 - 1e-6 <= scale.min() < 0.33
    assert 0.87 < scale.max() <= 0.9 + 1e-6
    assert aspect.min() >= 0.5 - 1e-5
    assert aspect.max() <= 2 + 1e-5


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("", True),
        # the first box overlaps the frame by 0.5, lies whole in it, and fills half of it
        ("min_jaccard_overlap: 0.5", True),
        ("min_jaccard_overlap: 0.51", False),
        ("max_jaccard_overlap: 0.4", True),  # the second box overlaps it by 0
        ("min_object_coverage: 1.0", True),
        ("min_sample_coverage: 0.5", True),
        ("min_sample_coverage: 0.51", False),
        ("min_jaccard_overlap: 0.2 max_jaccard_overlap: 0.3", False),
        # a box that meets the first kind settles it
        ("min_jaccard_overlap: 0.5 min_sample_coverage: 0.9", True),
    ],
)
def test_constraints(text: str, good: bool) -> None:
    assert suits(FRAME, BOXES, rule(text)) is good


def test_without_objects_no_constraint_is_met() -> None:
    assert not suits(FRAME, BOXES[:0], rule("max_jaccard_overlap: 1.0"))
    assert suits(FRAME, BOXES[:0], rule(""))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("max_sample: 2 max_trials: 9", 2),
        ("max_trials: 9", 9),
        ("max_sample: 1 max_trials: 9 sample_constraint { min_jaccard_overlap: 1.1 }", 0),
        ("use_original_image: false", 0),
    ],
)
def test_numbers_of_frames(text: str, count: int) -> None:
    frames = sample_frames([sampler(text)], BOXES, np.random.default_rng(0))
    assert len(frames) == count
    assert all(frame.tolist() == [0, 0, 1, 1] for frame in frames)
