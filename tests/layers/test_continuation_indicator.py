"""ContinuationIndicator: its values, its axis, its refusals."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import one_net, run_layer, run_net, top_shapes

TEXT = "continuation_indicator_param {{ time_step: 3 {} }}"


def test_a_zero_then_ones() -> None:
    (top,) = run_layer("ContinuationIndicator", TEXT.format("axis: 1"), torch.zeros(9, 2, 5))
    assert top.tolist() == [[0, 0], [1, 1], [1, 1]]
    (top,) = run_layer("ContinuationIndicator", TEXT.format("batch_size: 2"))
    assert top.tolist() == [[0, 0], [1, 1], [1, 1]]


def test_without_a_bottom_it_is_where_the_net_is() -> None:
    net = one_net("ContinuationIndicator", TEXT.format("batch_size: 2"), [])
    assert not net.state_dict()
    (top,) = run_net(net.to(torch.float64))
    assert top.dtype == torch.float64
    (top,) = run_net(net.to("meta"))
    assert top.is_meta
    assert top.shape == (3, 2)


def test_it_follows_the_batch() -> None:
    net = one_net("ContinuationIndicator", TEXT.format(""), [(4, 2)])
    assert run_net(net, torch.zeros(7, 2))[0].shape == (3, 7)


@pytest.mark.parametrize(
    ("text", "bottoms", "message"),
    [
        ("continuation_indicator_param { axis: 1 }", [(4, 2)], "time_step is 0"),
        (TEXT.format(""), [], "batch_size is 0"),
        (TEXT.format("axis: 2"), [(4, 2)], "axis 2 does not exist"),
    ],
)
def test_bad_input_is_refused(text: str, bottoms: list[tuple[int, ...]], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        top_shapes("ContinuationIndicator", text, bottoms)
