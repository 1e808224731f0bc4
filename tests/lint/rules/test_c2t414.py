"""C2T414 spatial-collapse."""

from __future__ import annotations

import pytest

from caffe2torch.lint.rules import find
from tests.lint.checks import Folder, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T414"
POOL = 'layer {{ name: "p{i}" type: "Pooling" bottom: "conv{i}" top: "p{i}" '
POOL += "pooling_param {{ pool: MAX kernel_size: {k} stride: {k} }} }}\n"


def pooled(*kernels: int, depth: int = 4) -> str:
    """A chain on 8 x 8 digits with a pooling behind each of the first layers."""
    text = chain(depth)
    for i, k in enumerate(kernels, 1):
        mark = f'layer {{\n  name: "conv{i + 1}"'
        head, tail = text.split(mark)
        tail = tail.replace(f'bottom: "conv{i}"', f'bottom: "p{i}"', 1)
        text = head + POOL.format(i=i, k=k) + mark + tail
    return text


def test_kernels_on_one_pixel(folder: Folder) -> None:
    folder.write(net=pooled(2, 2, 2, depth=4))
    fires(folder, CODE, "conv4", "sees 1 x 1 through 3 x 3, so 89%", severity="warning")


def test_several(folder: Folder) -> None:
    folder.write(net=pooled(8))
    fires(folder, CODE, "3 layers (conv2, conv3, conv4)", severity="warning")


def test_head_on_one_pixel(folder: Folder) -> None:
    """SSD's last heads: nothing with weights follows."""
    head = 'layer { name: "head" type: "Convolution" bottom: "conv1" top: "head"'
    head += " convolution_param { num_output: 4 kernel_size: 3 pad: 1 } }\n"
    pool = POOL.format(i=1, k=8)
    loss = 'layer { name: "r" type: "Reduction" bottom: "head" top: "r" loss_weight: 1 }\n'
    text = chain(1) + pool + head.replace('bottom: "conv1"', 'bottom: "p1"') + loss
    check_noop(folder.write(net=text), CODE)


def test_two_by_two_is_enough(folder: Folder) -> None:
    check_noop(folder.write(net=pooled(2, 2)), CODE)


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


@pytest.mark.parametrize(
    ("size", "outputs", "kernel", "pad", "stride", "dilation", "expected"),
    [
        (1, 1, 3, 1, 1, 1, 1),
        (2, 2, 3, 1, 1, 1, 3),
        (2, 1, 3, 1, 2, 1, 2),
        (8, 8, 3, 6, 1, 6, 3),
        (4, 4, 3, 6, 1, 6, 1),
        (5, 1, 5, 0, 1, 1, 5),
    ],
)
def test_positions_that_meet_the_map(
    size: int, outputs: int, kernel: int, pad: int, stride: int, dilation: int, expected: int
) -> None:
    from caffe2torch.lint.rules import c2t414_spatial_collapse as rule

    assert find(CODE).check is rule.check
    assert rule.met(size, outputs, kernel, pad, stride, dilation) == expected
