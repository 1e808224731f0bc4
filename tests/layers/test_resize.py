"""Resize: where pixels lie, sizes, refusals."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError, UnsupportedError
from tests.layers.one_layer import one_net, run_layer, run_net, top_shapes


def test_linear_takes_pixels_as_squares() -> None:
    x = torch.tensor([[[[0.0, 4.0]]]])
    (top,) = run_layer("Resize", "resize_param { height: 1 width: 4 }", x)
    # centres of the new pixels lie at -0.25, 0.25, 0.75, 1.25 of the old ones
    assert top.flatten().tolist() == pytest.approx([0, 1, 3, 4])


def test_a_second_bottom_says_the_size() -> None:
    net = one_net("Resize", "resize_param { interp_mode: NEAREST }", [(1, 1, 2, 2), (1, 3, 4, 4)])
    x = torch.arange(4.0).view(1, 1, 2, 2)
    assert run_net(net, x, torch.zeros(1, 3, 4, 4))[0][0, 0].tolist() == [
        [0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3]
    ]  # fmt: skip
    assert run_net(net, x, torch.zeros(1, 3, 2, 6))[0].shape == (1, 1, 2, 6)


@pytest.mark.parametrize("mode", ["LINEAR", "CUBIC", "AREA", "NEAREST"])
def test_gradient(mode: str) -> None:
    net = one_net(
        "Resize", f"resize_param {{ height: 5 width: 2 interp_mode: {mode} }}", [(1, 2, 3, 4)]
    )
    x = torch.randn(1, 2, 3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: run_net(net, x)[0], (x,))


@pytest.mark.parametrize(
    ("text", "bottoms", "error", "message"),
    [
        ("", [(1, 1, 2, 2)], ShapeError, "say the size"),
        ("resize_param { height: 2 width: 2 }", [(4, 2)], ShapeError, "4-D"),
        (
            "resize_param { height: 2 width: 2 interp_mode: LANCZOS4 }",
            [(1, 1, 2, 2)], UnsupportedError, "LANCZOS4",
        ),
    ],
)  # fmt: skip
def test_bad_input_is_refused(
    text: str, bottoms: list[tuple[int, ...]], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        top_shapes("Resize", text, bottoms)
