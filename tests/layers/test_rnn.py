"""RNN against torch's own cell, with the output layer that Caffe adds."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from tests.layers.one_layer import one_graph, one_net, run_net

FILL = 'weight_filler { type: "gaussian" std: 0.5 } bias_filler { type: "gaussian" }'
T, N, K, D = 3, 2, 5, 4


def expected(net: Any, x: torch.Tensor, h: Any, on: torch.Tensor) -> tuple[torch.Tensor, Any]:
    """Outputs and last state by nn.RNNCell and nn.Linear."""
    cell, out = nn.RNNCell(K, D), nn.Linear(D, D)
    with torch.no_grad():
        cell.weight_ih.copy_(net.l.W_xh)
        cell.bias_ih.copy_(net.l.b_h)
        cell.weight_hh.copy_(net.l.W_hh)
        cell.bias_hh.zero_()
        out.weight.copy_(net.l.W_ho)
        out.bias.copy_(net.l.b_o)
    outputs = []
    for step, given in enumerate(x):
        h = cell(given, h * on[step].unsqueeze(1))
        outputs.append(out(h).tanh())
    return torch.stack(outputs), h


def test_steps_cont_and_state() -> None:
    net = one_net("RNN", f"recurrent_param {{ num_output: 4 {FILL} }}", [(T, N, K), (T, N)])
    first, second = torch.randn(T, N, K), torch.randn(T, N, K)
    on = torch.tensor([[0.0, 0], [1, 1], [1, 0]])
    wanted, h = expected(net, first, torch.zeros(N, D), on)
    torch.testing.assert_close(run_net(net, first, on)[0], wanted)
    torch.testing.assert_close(
        run_net(net, second, torch.ones(T, N))[0], expected(net, second, h, torch.ones(T, N))[0]
    )


def test_exposed_state_and_static_input() -> None:
    text = f"recurrent_param {{ num_output: 4 expose_hidden: true {FILL} }}"
    net: Any = one_net("RNN", text, [(T, N, K), (T, N), (N, 6), (1, N, D)], tops=2)
    x, static, h = torch.randn(T, N, K), torch.randn(N, 6), torch.randn(1, N, D)
    with torch.no_grad():
        net.l.W_xh_static.zero_()
    y, last = run_net(net, x, torch.ones(T, N), static, h)
    wanted, h_wanted = expected(net, x, h[0], torch.ones(T, N))
    torch.testing.assert_close(y, wanted)
    torch.testing.assert_close(last[0], h_wanted)


def test_blob_order_is_caffes() -> None:
    graph = one_graph("RNN", "recurrent_param { num_output: 4 }", [(T, N, K), (T, N), (N, 6)])
    assert [(ref.key, ref.shape) for ref in graph.params] == [
        ("W_xh", (4, 5)), ("b_h", (4,)), ("W_xh_static", (4, 6)),
        ("W_hh", (4, 4)), ("W_ho", (4, 4)), ("b_o", (4,)),
    ]  # fmt: skip
