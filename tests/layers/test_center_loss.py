"""CenterLoss: its value and the paper's two gradients."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from caffe2torch.module.blobs import blob_tensors, graph_of
from tests.layers.one_layer import one_net, run_net, top_shapes

TEXT = "center_loss_param { num_output: 3 }"
X = torch.tensor([[1.0, 2.0], [3.0, 0.0], [0.0, 1.0]])
LABEL = torch.tensor([0.0, 0.0, 2.0])


def test_value_and_gradients() -> None:
    net = one_net("CenterLoss", TEXT, [(3, 2), (3,)])
    node = graph_of(net).node("l")
    (center,) = blob_tensors(net, node)
    with torch.no_grad():
        center.copy_(torch.tensor([[1.0, 1.0], [5.0, 5.0], [0.0, 0.0]]))
    x = X.clone().requires_grad_()
    (loss,) = run_net(net, x, LABEL)
    assert loss.item() == pytest.approx((1 + 5 + 1) / 6)
    (4 * loss).backward()
    assert x.grad is not None
    assert center.grad is not None
    distance = torch.tensor([[0.0, 1.0], [2.0, -1.0], [0.0, 1.0]])
    torch.testing.assert_close(x.grad, 4 * distance / 3)
    # not scaled by what arrives: -(sum of distances) / (count + 1)
    torch.testing.assert_close(center.grad, torch.tensor([[-2 / 3, 0], [0, 0], [0, -1 / 2]]))


def test_features_have_the_mathematical_gradient() -> None:
    net = one_net("CenterLoss", TEXT, [(3, 2), (3,)]).double()
    assert torch.autograd.gradcheck(
        lambda x: run_net(net, x, LABEL)[0], (X.double().requires_grad_(),)
    )


def test_bad_input_is_refused() -> None:
    with pytest.raises(ShapeError, match="num_output is missing"):
        top_shapes("CenterLoss", "", [(3, 2), (3,)])
    with pytest.raises(ShapeError, match="one number an item"):
        top_shapes("CenterLoss", TEXT, [(3, 2), (3, 2)])
