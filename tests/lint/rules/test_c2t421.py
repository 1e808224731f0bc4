"""C2T421 pooling-empty-window."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T421"


def net(kernel: int, stride: int) -> str:
    pool = (
        'layer { name: "pool" type: "Pooling" bottom: "conv1" top: "pool" '
        f"pooling_param {{ pool: MAX kernel_size: {kernel} stride: {stride} }} }}\n"
    )
    mark = 'layer {\n  name: "conv2"\n  type: "Convolution"\n  bottom: '
    return chain(2).replace(f'{mark}"conv1"', f'{pool}{mark}"pool"')


def test_mixed_up(folder: Folder) -> None:
    fires(folder.write(net=net(2, 3)), CODE, "2 x 2 with stride 3: 56%", severity="warning")


def test_one_in_sixteen(folder: Folder) -> None:
    fires(folder.write(net=net(1, 4)), CODE, "94%", severity="error")


def test_shortcut_is_an_info(folder: Folder) -> None:
    """On a map of odd size; else its last window lies outside."""
    text = net(1, 2).replace("scale: 0.015625", "scale: 0.015625 crop_size: 7")
    fires(folder.write(net=text), CODE, "75%", severity="info")
    fires(folder.write(net=net(1, 2)), CODE, "75%", "wholly outside", severity="error")


@pytest.mark.parametrize(("kernel", "stride"), [(2, 2), (3, 2), (3, 1)])
def test_covers_the_map(folder: Folder, kernel: int, stride: int) -> None:
    check_noop(folder.write(net=net(kernel, stride)), CODE)


def test_a_kernel_with_a_size_an_axis_is_another_matter(folder: Folder) -> None:
    text = net(2, 3).replace("kernel_size: 2 stride: 3", "kernel_size_3d: [3, 3] stride: 2")
    check_noop(folder.write(net=text), CODE)


@pytest.mark.parametrize(("kernel", "stride"), [(2, 3), (1, 4)])
def test_fix(folder: Folder, kernel: int, stride: int) -> None:
    check_fixed(folder.write(net=net(kernel, stride)), CODE)


def test_a_window_outside_the_map(folder: Folder) -> None:
    """Windows of 1 with stride 2 over 8: ceil(7 / 2) + 1 = 5, the last one at 8."""
    pool = (
        'layer { name: "far" type: "Pooling" bottom: "conv1" top: "far" '
        "pooling_param { pool: MAX kernel_size: 1 stride: 2 } }\n"
        'layer { name: "unread" type: "Silence" bottom: "far" }\n'
    )
    fires(folder.write(net=chain(1) + pool), CODE, "wholly outside", "-3.4e38", severity="error")
    average = pool.replace("MAX", "AVE")
    fires(folder.write(net=chain(1) + average), CODE, "a sum of nothing", severity="error")


def test_one_column_is_seen_whole(folder: Folder) -> None:
    """A stride of 3 across one column skips nothing; across the whole map two thirds of it."""
    one = net(1, 1).replace("kernel_size: 1 stride: 1", "kernel_h: 3 kernel_w: 1 stride: 3")
    fires(folder.write(net=one), CODE, "pools 3 x 1 with stride 3", "67%")
    column = one.replace("kernel_size: 3", "kernel_h: 3 kernel_w: 10", 1)
    check_noop(folder.write(net=column), CODE)
