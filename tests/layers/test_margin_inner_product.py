"""MarginInnerProduct against its definition by angles, and SphereFace's gradient."""

from __future__ import annotations

import math

import pytest
import torch

from caffe2torch.errors import ShapeError
from caffe2torch.module.blobs import blob_tensors, graph_of
from tests.layers.one_layer import one_net, run_net, top_shapes

TEXT = (
    "margin_inner_product_param {{ num_output: 2 type: {} base: 8 gamma: 0.5 power: 2 "
    'lambda_min: 1.5 weight_filler {{ type: "xavier" }} }}'
)
KINDS = ["SINGLE", "DOUBLE", "TRIPLE", "QUADRUPLE"]


def psi(angle: float, m: int) -> float:
    k = math.floor(angle * m / math.pi)
    return (-1) ** k * math.cos(m * angle) - 2 * k


def directions(angles: list[float], norm: float = 2.0) -> torch.Tensor:
    return torch.tensor([[norm * math.cos(a), norm * math.sin(a)] for a in angles]).double()


def net_of(kind: str, rows: int) -> torch.nn.Module:
    """Weights along the two axes, three times too long."""
    net = one_net("MarginInnerProduct", TEXT.format(kind), [(rows, 2), (rows,)], 2).double()
    (weight,) = blob_tensors(net, graph_of(net).node("l"))
    with torch.no_grad():
        weight.copy_(3 * torch.eye(2))
    return net


@pytest.mark.parametrize("m", [1, 2, 3, 4])
def test_the_label_gets_the_margin(m: int) -> None:
    angles = [0.2, 0.9, 1.2, 1.7, 2.0, 2.5, 2.9, -0.4]
    x = directions(angles)
    net = net_of(KINDS[m - 1], len(angles))
    top, mix = run_net(net, x, torch.zeros(len(angles)))
    assert mix.item() == pytest.approx(8 / 1.5**2)
    torch.testing.assert_close(top[:, 1], x[:, 1])
    wanted = [
        (2 * psi(abs(a), m) + mix.item() * 2 * math.cos(a)) / (1 + mix.item()) for a in angles
    ]
    assert top[:, 0].tolist() == pytest.approx(wanted)


def test_lambda_falls_with_each_forward_down_to_its_least() -> None:
    net = net_of("DOUBLE", 1)
    x, label = directions([0.3]), torch.zeros(1)
    values = [run_net(net, x, label)[1].item() for _ in range(4)]
    assert values == pytest.approx([8 / 2.25, 8 / 4, 1.5, 1.5])


def test_the_weights_are_overwritten_by_unit_rows() -> None:
    net = net_of("SINGLE", 1)
    run_net(net, directions([0.3]), torch.zeros(1))
    (weight,) = blob_tensors(net, graph_of(net).node("l"))
    torch.testing.assert_close(weight.detach(), torch.eye(2).double())


@pytest.mark.parametrize("m", [2, 3, 4])
def test_gradients_are_those_of_sphereface(m: int) -> None:
    angle = 0.35
    x = directions([angle]).requires_grad_()
    net = net_of(KINDS[m - 1], 1)
    top, mix = run_net(net, x, torch.zeros(1))
    top[0, 0].backward()
    # the direction of the gradient of |x| psi, in coefficients of w and x of unit norm together
    step = 1e-6
    slope = (psi(angle + step, m) - psi(angle - step, m)) / (2 * step)
    along = -slope / math.sin(angle)
    across = (psi(angle, m) - along * math.cos(angle)) / 2
    size = math.hypot(along, across)
    w = torch.tensor([1.0, 0.0], dtype=torch.float64)
    margin = (along * w + across * x.detach()[0]) / size
    wanted = margin / (1 + mix.item()) + w * mix.item() / (1 + mix.item())
    assert x.grad is not None
    torch.testing.assert_close(x.grad[0], wanted, rtol=1e-6, atol=1e-6)
    (weight,) = blob_tensors(net, graph_of(net).node("l"))
    assert weight.grad is not None
    torch.testing.assert_close(weight.grad[0], x.detach()[0])


def test_bad_input_is_refused() -> None:
    assert top_shapes("MarginInnerProduct", TEXT.format("SINGLE"), [(4, 5, 1, 1), (4,)], 1) == [
        (4, 2)
    ]
    with pytest.raises(ShapeError, match="3 labels for 4 feature vectors"):
        top_shapes("MarginInnerProduct", TEXT.format("SINGLE"), [(4, 5), (3,)], 2)
    with pytest.raises(ShapeError, match="num_output is missing"):
        top_shapes("MarginInnerProduct", "", [(4, 5), (4,)], 2)
