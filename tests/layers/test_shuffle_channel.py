"""ShuffleChannel: interleaved groups."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes


def test_interleaves_the_groups() -> None:
    x = torch.arange(6.0).view(1, 6, 1, 1).expand(2, 6, 2, 3).clone().requires_grad_()
    (y,) = run_layer("ShuffleChannel", "shuffle_channel_param { group: 3 }", x)
    assert y[1, :, 1, 2].tolist() == [0, 2, 4, 1, 3, 5]
    (back,) = run_layer("ShuffleChannel", "shuffle_channel_param { group: 2 }", y)
    assert torch.equal(back, x)


@pytest.mark.parametrize("group", [0, 4])
def test_groups_must_divide_the_channels(group: int) -> None:
    with pytest.raises(ShapeError) as caught:
        top_shapes("ShuffleChannel", f"shuffle_channel_param {{ group: {group} }}", [(2, 6, 2, 3)])
    assert caught.value.field == "shuffle_channel_param.group"
