"""Lstm (CTPN) against torch's own LSTM, and its clipped gradient by hand."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from caffe2torch.module.blobs import graph_of
from tests.layers.one_layer import one_net, run_net, top_shapes

FILLED = "weight_filler { type: 'gaussian' } bias_filler { type: 'gaussian' }"


def test_values_and_gradient_are_torchs_lstm() -> None:
    x = torch.randn(4, 2, 5, generator=torch.Generator().manual_seed(0)).requires_grad_()
    net = one_net("Lstm", f"lstm_param {{ num_output: 3 {FILLED} }}", [(4, 2, 5)])
    blobs = [value.detach() for _, value in net.named_parameters()]
    twin = torch.nn.LSTM(5, 3)
    # torch keeps i, f, g, o and a second bias
    order = [0, 1, 2, 3, 4, 5, 9, 10, 11, 6, 7, 8]
    with torch.no_grad():
        for own, blob in zip(twin.parameters(), [*blobs, torch.zeros(12)], strict=True):
            own.copy_(blob[order])
    (y,) = run_net(net, x)
    expected = twin(x)[0]
    torch.testing.assert_close(y, expected)
    (ours,) = torch.autograd.grad(y.square().sum(), x)
    (theirs,) = torch.autograd.grad(expected.square().sum(), x)
    torch.testing.assert_close(ours, theirs)


def test_cont_begins_anew_and_goes_on_from_call_to_call() -> None:
    net = one_net("Lstm", f"lstm_param {{ num_output: 2 {FILLED} }}", [(2, 1, 1), (2, 1)])
    x = torch.tensor([1.0, 2.0]).reshape(2, 1, 1)
    (whole,) = run_net(net, x, torch.tensor([[0.0], [1.0]]))
    run_net(net, x[:1].repeat(2, 1, 1), torch.zeros(2, 1))
    (goes_on,) = run_net(net, x[1:].repeat(2, 1, 1), torch.tensor([[1.0], [0.0]]))
    torch.testing.assert_close(goes_on[0], whole[1])
    (anew,) = run_net(net, x[1:].repeat(2, 1, 1), torch.zeros(2, 1))
    torch.testing.assert_close(goes_on[1], anew[0])


def test_a_gradient_beyond_the_threshold_is_cut() -> None:
    """One step, all weights 0 but g's, 1: h = 0.5 · tanh(0.5 · tanh(x)), at x = 0 of slope 0.25."""
    net = one_net("Lstm", "lstm_param { num_output: 1 clipping_threshold: 0.5 }", [(1, 1, 1)])
    with torch.no_grad():
        next(value for name, value in net.named_parameters() if name.endswith("W_x"))[3] = 1
    x = torch.zeros(1, 1, 1).requires_grad_()
    slopes = [torch.autograd.grad(scale * run_net(net, x)[0].sum(), x)[0] for scale in (1, 4)]
    assert [slope.item() for slope in slopes] == pytest.approx([0.25, 0.5])


@pytest.mark.parametrize(
    ("param", "shapes"),
    [
        ("", [(2, 1, 1)]),
        ("num_output: 1 batch_size: 2", [(3, 1)]),
        ("num_output: 1", [(2, 1, 1), (3, 1)]),
    ],
)
def test_what_it_refuses(param: str, shapes: list[tuple[int, ...]]) -> None:
    with pytest.raises(ShapeError):
        top_shapes("Lstm", f"lstm_param {{ {param} }}", shapes)


def test_steps_and_streams_in_one_axis_give_the_same() -> None:
    x = torch.randn(3, 2, 4, generator=torch.Generator().manual_seed(0))
    cont = torch.tensor([[0.0, 0], [1, 1], [0, 1]])
    text = f"lstm_param {{ num_output: 3 batch_size: 2 {FILLED} }}"
    apart = one_net("Lstm", text, [(3, 2, 4), (3, 2)])
    joined = one_net("Lstm", text, [(6, 4), (6, 1)])
    (expected,) = run_net(apart, x, cont)
    (y,) = run_net(joined, x.reshape(6, 4), cont.reshape(6, 1))
    torch.testing.assert_close(y, expected.reshape(6, 3))


def test_it_is_not_caffes_lstm() -> None:
    net = one_net("Lstm", "lstm_param { num_output: 1 }", [(2, 1, 1)])
    assert graph_of(net).node("l").layer.origin == "CTPN"
