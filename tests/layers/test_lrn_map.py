"""LRNMap against LRN's WITHIN_CHANNEL, whose golden cases are Caffe's own."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from caffe2torch.format.upgrade import parse_net
from tests.layers.one_layer import run_layer, top_shapes


def test_it_is_lrn_within_each_channel() -> None:
    x = torch.randn(2, 3, 5, 4, generator=torch.Generator().manual_seed(0))
    fields = "local_size: 3 alpha: 0.5 beta: 0.7"
    (old,) = run_layer("LRNMap", f"lrn_map_param {{ {fields} }}", x)
    (new,) = run_layer("LRN", f"lrn_param {{ {fields} norm_region: WITHIN_CHANNEL }}", x)
    assert torch.equal(old, new)


def test_v1_spelling() -> None:
    net = parse_net("layers { type: LRN_MAP lrn_map_param { local_size: 3 } }")
    layer = net.message.layer[0]
    assert (layer.type, layer.lrn_map_param.local_size) == ("LRNMap", 3)


def test_what_it_refuses() -> None:
    with pytest.raises(ShapeError, match="must be odd"):
        top_shapes("LRNMap", "lrn_map_param { local_size: 4 }", [(1, 1, 4, 4)])
    with pytest.raises(ShapeError, match="takes"):
        top_shapes("LRNMap", "", [(1, 4)])
