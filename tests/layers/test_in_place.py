"""In place, Caffe's backward reads what forward has overwritten; these gradients say so.

Derived by hand from the loops of Backward_cpu, with bottom_data equal to the output y and, where
a layer writes its slope before it multiplies, with that slope in the place of the top's gradient.
"""

from __future__ import annotations

import math

import pytest
import torch

from caffe2torch.errors import ShapeError
from caffe2torch.module import build
from tests.layers.one_layer import one_graph, top_shapes

IN_PLACE = 'top: "b0" '


def gradient(kind: str, text: str, x: list[float], arriving: list[float]) -> list[float]:
    """The gradient of a layer run in place on x."""
    net = build.build(one_graph(kind, IN_PLACE + text, [(len(x),)], tops=0), seed=0)
    bottom = torch.tensor(x, requires_grad=True)
    build.run(net, {"b0": bottom}, ["b0"])["b0"].backward(torch.tensor(arriving))
    assert bottom.grad is not None
    return bottom.grad.tolist()


def test_power_of_one_squares_its_scale_and_forgets_what_arrives() -> None:
    found = gradient("Power", "power_param { scale: 3 shift: 1 }", [1.0, -2.0], [5.0, 7.0])
    assert found == [9.0, 9.0]


def test_power_of_two_takes_its_slope_at_the_output() -> None:
    # y = (2x + 1)^2 = 9; slope 2 * 2 * (2 * 9 + 1) = 76
    assert gradient("Power", "power_param { power: 2 scale: 2 shift: 1 }", [1.0], [5.0]) == [76**2]


def test_power_without_shift_divides_the_output_by_itself() -> None:
    assert gradient("Power", "power_param { power: 3 }", [2.0], [5.0]) == [9.0]


def test_power_with_shift_divides_the_output_by_its_base_again() -> None:
    # y = (1 * 1 + 1)^3 = 8; slope 3 * 8 / (8 + 1)
    found = gradient("Power", "power_param { power: 3 shift: 1 }", [1.0], [5.0])
    assert found == pytest.approx([(3 * 8 / 9) ** 2])


def test_power_of_zero_passes_nothing() -> None:
    assert gradient("Power", "power_param { power: 0 }", [2.0], [5.0]) == [0.0]


def test_log_squares_its_slope_at_the_output() -> None:
    # y = log2(2 * 2 + 4) = 3; slope (2 / log 2) / (2 * 3 + 4)
    found = gradient("Log", "log_param { base: 2 scale: 2 shift: 4 }", [2.0], [5.0])
    assert found == pytest.approx([(2 / math.log(2) / 10) ** 2])


def test_exp_is_right_since_it_reads_its_output_only() -> None:
    assert gradient("Exp", "", [1.0], [5.0]) == pytest.approx([5 * math.e])


def test_bnll_takes_its_slope_at_the_output() -> None:
    y = math.log(1 + math.e)
    assert gradient("BNLL", "", [1.0], [5.0]) == pytest.approx([5 / (1 + math.exp(-y))])


def test_elu_with_negative_alpha_takes_the_output_for_the_input() -> None:
    # x = -1: y = -2 * (1/e - 1) > 0, so the slope is 1; x = 1: y = 1, slope 1
    found = gradient("ELU", "elu_param { alpha: -2 }", [-1.0, 1.0], [5.0, 7.0])
    assert found == [5.0, 7.0]


def test_clip_with_min_above_max_passes_nothing() -> None:
    assert gradient("Clip", "clip_param { min: 1 max: -1 }", [0.0, 5.0], [2.0, 3.0]) == [0.0, 0.0]


def test_not_in_place_power_divides_zero_by_zero() -> None:
    net = build.build(one_graph("Power", "power_param { power: 3 }", [(2,)]))
    x = torch.tensor([0.0, 2.0], requires_grad=True)
    build.run(net, {"b0": x}, ["t0"])["t0"].sum().backward()
    assert x.grad is not None
    assert x.grad[0].isnan()
    assert x.grad[1] == 12


@pytest.mark.parametrize(
    ("kind", "text", "bottoms"),
    [
        ("AbsVal", "", [(2, 3)]),
        ("ArgMax", "", [(2, 3)]),
        ("BatchReindex", "", [(2, 3), (2,)]),
        ("Concat", "", [(2, 3), (2, 3)]),
        ("EuclideanLoss", "", [(2, 3), (2, 3)]),
        ("Filter", "", [(2, 3), (2,)]),
        ("Flatten", "", [(2, 3)]),
        ("Reduction", "", [(2, 3)]),
        ("Reshape", "reshape_param { shape { dim: 6 } }", [(2, 3)]),
        ("Tile", "tile_param { tiles: 2 }", [(2, 3)]),
    ],
)
def test_layers_that_cannot_work_in_place_refuse(
    kind: str, text: str, bottoms: list[tuple[int, ...]]
) -> None:
    with pytest.raises(ShapeError, match="does not allow in-place computation") as error:
        top_shapes(kind, IN_PLACE + text, bottoms, tops=0)
    assert error.value.field == "top"


def test_relu_with_a_slope_below_0_takes_the_sign_of_its_output() -> None:
    # y = 1 at x = -2, so the slope there is 1; y = -0 at 0 takes the slope branch
    found = gradient("ReLU", "relu_param { negative_slope: -0.5 }", [-2.0, 0.0, 3.0], [5.0] * 3)
    assert found == [5.0, -2.5, 5.0]
