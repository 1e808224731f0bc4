"""Settled weights keep the size of signals, and their rounding errors, over any depth."""

from __future__ import annotations

from pathlib import Path

import torch

from caffe2torch.convert.settling import BRANCH, branch_ends, settle
from caffe2torch.module import build
from tests.convert.one_net import converted
from tests.engines.families import conv, layer, source


def block(i: int, x: str) -> str:
    """A residual block without normalisation, which doubles the variance if nothing is done."""
    return (
        conv(f"a{i}", x, 8, "kernel_size: 3 pad: 1")
        + layer("ReLU", f"r{i}", f"a{i}", f"a{i}")
        + conv(f"b{i}", f"a{i}", 8)
        + layer("Eltwise", f"sum{i}", f"{x} b{i}")
    )


def deep(blocks: int) -> str:
    tops = ["first", *(f"sum{i}" for i in range(blocks))]
    text = source("data", 1, 3, 9, 9) + conv("first", "data", 8)
    return text + "".join(block(i, tops[i]) for i in range(blocks))


def normalized() -> str:
    return (
        source("data", 2, 3, 9, 9)
        + conv("c", "data", 8)
        + layer("BatchNorm", "n", "c", "c")
        + layer("Scale", "s", "c", "c", "scale_param { bias_term: true }")
        + conv("d", "c", 8)
        + layer("Eltwise", "sum", "c d")
        + layer("ReLU", "r", "sum", "sum")
    )


def test_values_do_not_grow_with_depth(tmp_path: Path) -> None:
    conversion = converted(tmp_path, deep(60), flat=True)
    settle(conversion.built, conversion.inputs)
    (result,) = conversion.expected.values()
    assert 0.5 < result.std() < 4


def test_a_batch_norm_has_the_statistics_of_what_it_reads(tmp_path: Path) -> None:
    conversion = converted(tmp_path, normalized(), flat=True)
    settle(conversion.built, conversion.inputs)
    net = conversion.built
    (data,) = conversion.inputs
    with torch.no_grad():
        values = build.run(net, {"data": data.clone()}, ["sum"])
        before = torch.nn.functional.conv2d(data, net.c.weight, net.c.bias)
    torch.testing.assert_close(net.n.mean, before.mean((0, 2, 3)))
    assert values["sum"].isfinite().all()


def test_the_ends_of_branches_beside_a_shortcut_are_found(tmp_path: Path) -> None:
    graph = converted(tmp_path, deep(2), flat=True).graph
    assert [node.name for node in branch_ends(graph)] == ["b1"]
    assert BRANCH < 1
