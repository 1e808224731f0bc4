"""A tap between the layers changes nothing, and sees every top and gradient."""

from __future__ import annotations

import torch

from caffe2torch.format import upgrade
from caffe2torch.graph import build_graph
from caffe2torch.module.build import build
from caffe2torch.train.tapped import Tap, tapped_forward

NET = """
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "ip" type: "InnerProduct" bottom: "x" top: "a" inner_product_param { num_output: 2
  weight_filler { type: "xavier" } } }
layer { name: "relu" type: "ReLU" bottom: "a" top: "a" }
layer { name: "sum" type: "Reduction" bottom: "a" top: "s" loss_weight: 1 }
"""


class Ear(Tap):
    def __init__(self) -> None:
        self.order: list[tuple[str, int]] = []
        self.grads: dict[tuple[int, int], torch.Tensor] = {}

    def begin(self, index: int) -> None:
        self.order.append(("begin", index))

    def top(self, index: int, tops: tuple[torch.Tensor, ...]) -> None:
        self.order.append(("top", index))

    def bottom_grad(self, index: int, j: int, grad: torch.Tensor) -> None:
        self.grads[index, j] = grad


def test_it_computes_what_the_net_computes_and_tells_in_order() -> None:
    net = build(build_graph(upgrade.parse_net(NET)), seed=3)
    x = torch.randn(2, 3, generator=torch.Generator().manual_seed(1), requires_grad=True)
    ear = Ear()
    forward = tapped_forward(net, ["a", "s"])
    outputs = forward(net, ear, x)
    plain = net(x)
    assert torch.equal(outputs["s"], plain if isinstance(plain, torch.Tensor) else plain["s"])
    assert ear.order == [(kind, index) for index in (1, 2, 3) for kind in ("begin", "top")]
    outputs["s"].sum().backward()
    # d sum / d relu's top is 1; before the ReLU it is 1 where the top is above 0, else 0
    positive = (outputs["a"] > 0).float()
    assert torch.equal(ear.grads[3, 0], torch.ones(2, 2))
    assert torch.equal(ear.grads[2, 0], positive)
    torch.testing.assert_close(ear.grads[1, 0], positive @ net.ip.weight.detach())
