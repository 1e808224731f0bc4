"""What errors offer instead of a misspelt word."""

from __future__ import annotations

import pytest

from caffe2torch.errors import nearest


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("nmae", ["name"]),
        ("AVG", ["AVE"]),
        ("num_ouput", ["num_output"]),
        ("nnum_output", ["num_output"]),
        ("convolutional", ["convolution"]),
        ("box_group_output", []),
        ("MEDIAN", []),
        ("", []),
    ],
)
def test_only_a_letter_in_four_may_differ(word: str, near: list[str]) -> None:
    words = ["name", "num_output", "convolution", "dropout", "AVE", "MIN", "MAX"]
    assert nearest(word, words) == near


def test_the_nearest_come_first() -> None:
    assert nearest("kernel_w", ["kernel_size", "kernel_h", "kernel_w"], 2) == [
        "kernel_w",
        "kernel_h",
    ]
