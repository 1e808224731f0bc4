"""Which kernel a number stands for in the banks of Intel's gabor filler."""

from __future__ import annotations

from math import pi

import pytest

from caffe2torch.fillers._gabor_banks import BANKS, Kernel, kernel


@pytest.mark.parametrize(
    ("number", "kernels", "size", "expected"),
    [
        # A kernel of 5 holds 2 π waves, of 7 it is 3 π, of 11 it is 5 π.
        (0, 32, 5, Kernel(0.5, waves=2 * pi, angle=0)),
        (5, 32, 5, Kernel(0.5, waves=2 * pi, angle=5 * pi / 8)),
        (8, 32, 5, Kernel(0.5, waves=pi, angle=pi / 12)),  # first of the second group
        (15, 32, 5, Kernel(0.5, 0.75, pi / 4, pi, 0, (1, -1, 1))),
        (31, 32, 5, Kernel(0.5, 0.6, pi / 2, pi / 2, pi * 7 / 8, (1, 1, 0))),  # the last
        (9, 64, 7, Kernel(1 / 1.125, 0.425, 2 * pi, pi * 11 / 8, pi / 4)),
        (35, 64, 7, Kernel(0.5, 0.45, 3 * pi, pi, 3 * pi / 8)),
        (40, 64, 7, Kernel(1, 0.4, pi / 4, 13 * pi, 0, (0.25, -1, 1))),
        (48, 96, 11, Kernel(1 / 3, 0.4, pi / 4, 12 * pi, 0, (0.25, -1, 1))),
    ],
)
def test_a_number_chooses_group_direction_and_waves(
    number: int, kernels: int, size: int, expected: Kernel
) -> None:
    got = kernel(number, kernels, size)
    numbers = [(k.height, k.width, k.waves, k.phase, k.angle, *k.colours) for k in (got, expected)]
    assert numbers[0] == pytest.approx(numbers[1])


def test_vggs_kernels_have_one_width() -> None:
    assert {kernel(number, 64, 3).width for number in range(64)} == {1}
    assert kernel(9, 64, 3).height == kernel(9, 64, 7).height
    assert kernel(9, 64, 3).waves == pytest.approx(2 * pi / 3)  # a third of 7's


def test_groups_begin_within_their_bank_and_in_order() -> None:
    for (kernels, _), bank in BANKS.items():
        firsts = [first for first, _ in bank]
        assert firsts[0] == 0 and firsts == sorted(set(firsts)) and firsts[-1] < kernels


def test_other_sizes_have_no_bank() -> None:
    with pytest.raises(KeyError):
        kernel(0, 32, 3)
