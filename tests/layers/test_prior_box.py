"""PriorBox against the loops of its definition."""

from __future__ import annotations

import math

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import one_net, run_layer, run_net, top_shapes


def test_boxes_of_one_pixel_by_hand() -> None:
    text = "prior_box_param { min_size: 4 max_size: 9 aspect_ratio: 4 }"
    (top,) = run_layer("PriorBox", text, torch.zeros(1, 1, 1, 1), torch.zeros(1, 3, 10, 20))
    # centre (10, 5); 4 x 4, 6 x 6, 8 x 2 and 2 x 8 pixels
    wanted = [
        [8 / 20, 3 / 10, 12 / 20, 7 / 10],
        [7 / 20, 2 / 10, 13 / 20, 8 / 10],
        [6 / 20, 4 / 10, 14 / 20, 6 / 10],
        [9 / 20, 1 / 10, 11 / 20, 9 / 10],
    ]
    torch.testing.assert_close(top[0, 0].view(4, 4), torch.tensor(wanted))
    assert top[0, 1].tolist() == pytest.approx([0.1] * 16)


def test_pixels_go_by_rows_and_sizes_within() -> None:
    text = "prior_box_param { min_size: [2, 3] step_h: 10 step_w: 5 img_h: 40 img_w: 30 offset: 0 }"
    (top,) = run_layer("PriorBox", text, torch.zeros(1, 1, 2, 3), torch.zeros(1, 3, 7, 7))
    boxes = top[0, 0].view(2, 3, 2, 4)
    for i, j, k in [(0, 0, 0), (0, 2, 1), (1, 1, 0), (1, 2, 1)]:
        y, x, half = 10 * i, 5 * j, (2 + k) / 2
        wanted = [(x - half) / 30, (y - half) / 40, (x + half) / 30, (y + half) / 40]
        assert boxes[i, j, k].tolist() == pytest.approx(wanted)


def test_clip_and_four_variances() -> None:
    text = "prior_box_param { min_size: 30 clip: true variance: [0.1, 0.2, 0.3, 0.4] }"
    (top,) = run_layer("PriorBox", text, torch.zeros(1, 1, 1, 1), torch.zeros(1, 3, 10, 10))
    assert top[0, 0].tolist() == [0, 0, 1, 1]
    assert top[0, 1].tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4])


@pytest.mark.parametrize(
    ("fields", "count"),
    [
        ("min_size: 4", 1),
        ("min_size: 4 aspect_ratio: 2", 3),
        ("min_size: 4 aspect_ratio: 2 flip: false", 2),
        ("min_size: 4 max_size: 8 aspect_ratio: [2, 3]", 6),
        ("min_size: 4 aspect_ratio: [1, 2, 2, 0.5]", 3),
        ("min_size: [4, 5] max_size: [6, 7] aspect_ratio: 2", 8),
    ],
)
def test_number_of_boxes(fields: str, count: int) -> None:
    text = f"prior_box_param {{ {fields} }}"
    bottoms = [(2, 8, 5, 7), (2, 3, 40, 56)]
    assert top_shapes("PriorBox", text, bottoms) == [(1, 2, 5 * 7 * count * 4)]


def test_sizes_are_whole_pixels() -> None:
    text = "prior_box_param { min_size: 4.9 max_size: 9.9 }"
    (top,) = run_layer("PriorBox", text, torch.zeros(1, 1, 1, 1), torch.zeros(1, 3, 10, 10))
    width = (top[0, 0, 2::4] - top[0, 0, 0::4]).tolist()
    assert width == pytest.approx([0.4, math.sqrt(36) / 10])


def test_a_net_takes_other_sizes() -> None:
    net = one_net("PriorBox", "prior_box_param { min_size: 2 }", [(1, 1, 2, 2), (1, 3, 8, 8)])
    (top,) = run_net(net, torch.zeros(1, 1, 3, 5), torch.zeros(1, 3, 12, 30))
    assert top.shape == (1, 2, 60)
    assert top[0, 0, -4:].tolist() == pytest.approx([26 / 30, 9 / 12, 28 / 30, 11 / 12])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("", "min_size must be given"),
        ("min_size: 0", "min_size must be given and positive"),
        ("min_size: 4 max_size: 3", "max_size 3 is less than min_size 4"),
        ("min_size: [4, 5] max_size: 9", "1 max_size for 2 min_size"),
        ("min_size: 4 variance: [0.1, 0.2]", "variance is 0.1, 0.2"),
        ("min_size: 4 variance: 0", "variance is 0"),
        ("min_size: 4 aspect_ratio: 0", "aspect_ratio 0 is not positive"),
        ("min_size: 4 step: 2 step_h: 3", "step and step_h or step_w are both given"),
        ("min_size: 4 img_h: 3", "img_w is not positive"),
    ],
)
def test_bad_input_is_refused(fields: str, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        one_net("PriorBox", f"prior_box_param {{ {fields} }}", [(1, 1, 2, 2), (1, 3, 8, 8)])
