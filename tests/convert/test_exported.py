"""Exported programs take batches of any size wherever the net does."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from caffe2torch.convert.convert import written
from tests.convert import families
from tests.convert.one_net import converted

NETS = {
    "vgg": families.vgg((1, 1), width=4, size=16, hidden=8),
    "resnet": families.resnet((1, 1), size=32, width=2),
}


@pytest.mark.parametrize("net", NETS)
def test_any_batch_size(tmp_path: Path, net: str) -> None:
    found = converted(tmp_path, NETS[net])
    assert len(found.inputs[0]) == 1
    ((path, result),) = written(found, ["exported"], tmp_path / "net.pt2")
    assert result.endswith("; any batch size")
    program = torch.export.load(str(path)).module()
    for size in (1, 3):
        x = torch.randn(size, *found.inputs[0].shape[1:])
        torch.testing.assert_close(program(x), found.module(x), rtol=1e-4, atol=1e-5)


def test_a_batch_that_the_net_fixes_is_told(tmp_path: Path) -> None:
    fixed = families.head("net", 2, 3, 4, 4) + families.layer(
        "Reshape", "r", "data", "r", "reshape_param { shape { dim: 2 dim: 48 } }"
    )
    found = converted(tmp_path, fixed)
    ((_, result),) = written(found, ["exported"], tmp_path / "net.pt2")
    assert result == "same outputs as the graph; a batch of 2 alone"
