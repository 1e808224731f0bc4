"""TripletLoss: both forks' losses by hand, and their gradients."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import one_net, run_layer, run_net, top_shapes

ANCHOR = torch.tensor([[0.0, 0.0], [1.0, 0.0]])
NEAR = torch.tensor([[1.0, 0.0], [1.0, 2.0]])
FAR = torch.tensor([[0.0, 2.0], [2.0, 0.0]])


def test_three_blobs() -> None:
    # distances 1 and 4 to the positives, 4 and 1 to the negatives
    (loss,) = run_layer("TripletLoss", "triplet_loss_param { margin: 2 }", ANCHOR, NEAR, FAR)
    assert loss.item() == pytest.approx((0 + 5) / 4)
    (loss,) = run_layer("TripletLoss", "", ANCHOR, NEAR, FAR, torch.ones(2))
    assert loss.item() == pytest.approx((0 + 4) / 4)


def sets() -> torch.Tensor:
    """Two sets of an anchor, a positive and two negatives."""
    rows = [ANCHOR[0], NEAR[0], FAR[0], ANCHOR[0], ANCHOR[1], NEAR[1], FAR[1], 3 * FAR[1]]
    return torch.stack(rows)


@pytest.mark.parametrize(
    ("fields", "loss"),
    [
        # near 1 and 4; far 4, 0 and 1, 25
        ("margin: 2 num_negatives: 2", (0 + 3 + 5 + 0) / 4),
        ("margin: 2 num_triplets: 2", (0 + 3 + 5 + 0 + 1 + 4) / 4),
        ("margin: 2 num_negatives: 2 losstype: 1", (0 + 1 + (1 - 1 / 6) + 0) / 4),
    ],
)
def test_sets_of_rows(fields: str, loss: float) -> None:
    text = f"triplet_loss_param {{ {fields} }}"
    (top,) = run_layer("TripletLoss", text, sets(), torch.zeros(8))
    assert top.item() == pytest.approx(loss)


@pytest.mark.parametrize("losstype", [0, 1])
def test_gradient(losstype: int) -> None:
    text = f"triplet_loss_param {{ num_triplets: 2 losstype: {losstype} }}"
    net = one_net("TripletLoss", text, [(8, 3), (8,)])
    x = torch.randn(8, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    label = torch.zeros(8)
    assert torch.autograd.gradcheck(lambda x: run_net(net, x, label)[0], (x.requires_grad_(),))


def test_bad_input_is_refused() -> None:
    with pytest.raises(ShapeError, match="must be equal"):
        top_shapes("TripletLoss", "", [(2, 3), (2, 3), (2, 4)])
    with pytest.raises(ShapeError, match="not whole sets of 5"):
        top_shapes("TripletLoss", "", [(8, 3), (8,)])
