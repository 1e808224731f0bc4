"""C2T414 spatial-collapse."""

from __future__ import annotations

import pytest

from caffe2torch.lint.coverage import Axis
from tests.lint.checks import Folder, check_noop, fires, only
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


def test_two_by_two_is_an_info_that_stands_last(folder: Folder) -> None:
    found = fires(folder.write(net=pooled(2, 2)), CODE, "sees 2 x 2", severity="info")
    assert found.rank == 96


def test_two_by_two_of_a_small_crop(folder: Folder) -> None:
    """The digits are 8 x 8: a crop of 4 leaves room for a larger one."""
    text = pooled(2).replace("    mean_file:", "    crop_size: 4  # small\n    mean_file:")
    fires(folder.write(net=text), CODE, "larger than the map", severity="warning")


def test_one_layer_on_two_by_two(folder: Folder) -> None:
    check_noop(folder.write(net=pooled(2, 2, depth=3)), CODE)


def test_the_input_is_to_blame_for_an_output_of_nothing(folder: Folder) -> None:
    text = chain(2).replace("    pad: 1\n    kernel_size: 3", "    kernel_size: 9", 1)
    found = folder.write(net=text).lint()
    assert only(found, CODE)[0].severity == "error"
    assert "gives an output of" in only(found, CODE)[0].text
    assert not only(found, "C2T003")


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
    assert Axis(size, outputs, kernel, pad, stride, dilation).met == expected
