"""LSTM against torch's own, step by step, with cont, state, static input and exposed states."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from caffe2torch.errors import GraphError, ShapeError
from caffe2torch.module.blobs import graph_of, set_blobs
from tests.layers.one_layer import one_graph, one_net, run_net, top_shapes

FILL = 'weight_filler { type: "gaussian" std: 0.5 } bias_filler { type: "gaussian" }'
TEXT = f"recurrent_param {{ num_output: 4 {FILL} }}"
EXPOSED = f"recurrent_param {{ num_output: 4 expose_hidden: true {FILL} }}"
T, N, K, D = 3, 2, 5, 4


def torch_twin(net: Any) -> nn.LSTM:
    """nn.LSTM with the same weights; its gates are i, f, g, o."""
    twin = nn.LSTM(K, D)
    order = torch.cat([torch.arange(D) + D * gate for gate in (0, 1, 3, 2)])
    with torch.no_grad():
        twin.weight_ih_l0.copy_(net.l.W_xc[order])
        twin.weight_hh_l0.copy_(net.l.W_hc[order])
        twin.bias_ih_l0.copy_(net.l.b_c[order])
        twin.bias_hh_l0.zero_()
    return twin


def cont(*starts: int) -> torch.Tensor:
    """1 everywhere but at the steps in `starts`."""
    on = torch.ones(T, N)
    on[list(starts)] = 0
    return on


def test_one_sequence_equals_torchs_lstm() -> None:
    net = one_net("LSTM", TEXT, [(T, N, K), (T, N)])
    x = torch.randn(T, N, K, requires_grad=True)
    twin_x = x.detach().clone().requires_grad_()
    (y,) = run_net(net, x, cont(0))
    wanted, _ = torch_twin(net)(twin_x)
    torch.testing.assert_close(y, wanted)
    weights = torch.randn_like(y)
    (y * weights).sum().backward()
    (wanted * weights).sum().backward()
    torch.testing.assert_close(x.grad, twin_x.grad)


def test_cont_starts_a_sequence_and_the_state_goes_on_between_batches() -> None:
    net = one_net("LSTM", TEXT, [(T, N, K), (T, N)])
    twin = torch_twin(net)
    first, second = torch.randn(T, N, K), torch.randn(T, N, K)
    run_net(net, first, cont(0))
    _, state = twin(first)
    (y,) = run_net(net, second, cont(2))
    before, _ = twin(second[:2], state)
    after, _ = twin(second[2:])
    torch.testing.assert_close(y, torch.cat([before, after]))


def test_stretches_by_torchs_kernel_equal_the_loop_over_steps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps = 12
    on = torch.ones(steps, N)
    on[0], on[4, 1], on[9], on[5, 0] = 0, 0, 0, 0
    x = torch.randn(2, steps, N, K)
    results = []
    for native in (True, False):
        net: Any = one_net("LSTM", TEXT, [(steps, N, K), (steps, N)])
        module = type(net.l).forward.__globals__
        lengths = module["native_lengths"](x[0], on)
        assert lengths == [4, 1, 4, 3]
        if not native:
            monkeypatch.setitem(module, "native_lengths", lambda *_: None)
        torch.manual_seed(3)
        for parameter in net.parameters():
            parameter.data = torch.randn_like(parameter) * 0.4
        first = x[0].clone().requires_grad_()
        run_net(net, x[1], on)
        (y,) = run_net(net, first, on)
        (y * y.detach().cos()).sum().backward()
        results.append([y, first.grad, *(p.grad for p in net.parameters()), *net.l.state])
    for ours, wanted in zip(*results, strict=True):
        torch.testing.assert_close(ours, wanted, rtol=1e-5, atol=1e-6)


def test_what_torchs_kernel_cannot_do_is_left_to_the_loop() -> None:
    net: Any = one_net("LSTM", TEXT, [(T, N, K), (T, N)])
    lengths = type(net.l).forward.__globals__["native_lengths"]
    on = torch.ones(6, N)
    on[1:] = 0
    assert lengths(torch.zeros(6, N, K), on) is None
    assert lengths(torch.zeros(6, N, K), torch.ones(6, N)) == [6]
    assert lengths(torch.zeros(6, N, K), torch.full((6, N), 0.5)) is None


def test_no_gradient_crosses_batches() -> None:
    net = one_net("LSTM", TEXT, [(T, N, K), (T, N)])
    first = torch.randn(T, N, K, requires_grad=True)
    run_net(net, first, cont(0))
    run_net(net, torch.randn(T, N, K), cont())[0].sum().backward()
    assert first.grad is None


def test_another_number_of_streams_starts_from_zero() -> None:
    net = one_net("LSTM", TEXT, [(T, N, K), (T, N)])
    run_net(net, torch.randn(T, N, K), cont(0))
    x = torch.randn(T, N + 1, K)
    (y,) = run_net(net, x, torch.ones(T, N + 1))
    torch.testing.assert_close(y, torch_twin(net)(x)[0])


def test_exposed_states_go_in_and_out_without_gradient() -> None:
    shapes = [(T, N, K), (T, N), (1, N, D), (1, N, D)]
    net = one_net("LSTM", EXPOSED, shapes, tops=3)
    x = torch.randn(T, N, K)
    h, c = (torch.randn(1, N, D, requires_grad=True) for _ in range(2))
    y, h_last, c_last = run_net(net, x, cont(), h, c)
    wanted, (h_wanted, c_wanted) = torch_twin(net)(x, (h, c))
    torch.testing.assert_close(y, wanted)
    torch.testing.assert_close(h_last, h_wanted)
    torch.testing.assert_close(c_last, c_wanted)
    assert not h_last.requires_grad
    assert not c_last.requires_grad
    y.sum().backward()
    assert h.grad is None


def test_static_input_is_added_at_every_step() -> None:
    net: Any = one_net("LSTM", TEXT, [(T, N, K), (T, N), (N, 6)])
    x, static = torch.randn(T, N, K), torch.randn(N, 6)
    (y,) = run_net(net, x, cont(0), static)
    joined = one_net("LSTM", TEXT, [(T, N, K + 6), (T, N)])
    set_blobs(
        joined,
        graph_of(joined).node("l"),
        [
            torch.cat([net.l.W_xc, net.l.W_xc_static], 1).detach().numpy(),
            net.l.b_c.detach().numpy(),
            net.l.W_hc.detach().numpy(),
        ],
    )
    both = torch.cat([x, static.expand(T, N, 6)], 2)
    torch.testing.assert_close(y, run_net(joined, both, cont(0))[0])


def test_blob_order_is_caffes() -> None:
    graph = one_graph("LSTM", TEXT, [(T, N, K, 2), (T, N), (N, 3, 2)])
    assert [(ref.key, ref.shape) for ref in graph.params] == [
        ("W_xc", (16, 10)), ("b_c", (16,)), ("W_xc_static", (16, 6)), ("W_hc", (16, 4)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "bottoms", "tops", "words"),
    [
        ("", [(3, 2, 5), (3, 2)], 1, "num_output"),
        (TEXT, [(3,), (3, 2)], 1, "at least 3 axes"),
        (TEXT, [(3, 2, 5), (2, 3)], 1, "sequence indicators"),
        (TEXT, [(3, 2, 5), (3, 2), (3, 5)], 1, "static input"),
        (EXPOSED, [(3, 2, 5), (3, 2)], 3, "takes 4 to 5 bottoms"),
        (EXPOSED, [(3, 2, 5), (3, 2), (1, 2, 4), (1, 2, 3)], 3, "first state"),
        (TEXT, [(3, 2, 5), (3, 2)], 2, "takes 1 top"),
    ],
)
def test_refusals(text: str, bottoms: list[tuple[int, ...]], tops: int, words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        top_shapes("LSTM", text, bottoms, tops)


def test_the_indicators_take_no_gradient() -> None:
    graph = one_graph("LSTM", TEXT, [(T, N, K), (T, N)])
    node = graph.node("l")
    node.need_backward, node.bottom_need_backward = True, [False, True]
    with pytest.raises(GraphError, match="sequence indicators"):
        graph.require_backward()
