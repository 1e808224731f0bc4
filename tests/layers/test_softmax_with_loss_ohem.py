"""SoftmaxWithLossOHEM against the softmax loss of torch."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from caffe2torch.errors import GraphError, ShapeError
from caffe2torch.layers.softmax_with_loss_ohem import softmax_loss_ohem
from tests.layers.one_layer import one_graph, run_layer, top_shapes

THREE = "loss_weight: 1 loss_weight: 0 loss_weight: 0 "


def data(*shape: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    score = torch.randn(*shape, generator=generator)
    label = torch.randint(0, shape[1], (shape[0], 1, *shape[2:]), generator=generator)
    return score, label.float()


def test_tops_are_the_loss_the_probabilities_and_every_loss() -> None:
    score, label = data(4, 3, 2, 5)
    loss, probability, every = run_layer("SoftmaxWithLossOHEM", THREE, score, label, tops=3)
    wanted = F.cross_entropy(score, label[:, 0].long(), reduction="none")
    torch.testing.assert_close(every[:, 0], wanted)
    torch.testing.assert_close(loss, wanted.mean())
    torch.testing.assert_close(probability, score.softmax(dim=1))


@pytest.mark.parametrize(
    ("mode", "divisor"),
    [("VALID", 2), ("FULL", 4), ("BATCH_SIZE", 4), ("NONE", 1), ("PRE_FIXED", 8)],
)
def test_ignored_labels_and_normalization(mode: str, divisor: int) -> None:
    score, _ = data(4, 3)
    label = torch.tensor([0.0, -1.0, 2.0, -1.0])
    loss = f"loss_param {{ ignore_label: -1 normalization: {mode} pre_fixed_normalizer: 8 }}"
    total, _, every = run_layer("SoftmaxWithLossOHEM", THREE + loss, score, label, tops=3)
    wanted = F.cross_entropy(score, label.long(), reduction="none", ignore_index=-1)
    torch.testing.assert_close(every, wanted)
    torch.testing.assert_close(total, wanted.sum() / divisor)


def test_the_loss_is_bounded_and_the_gradient_is_not() -> None:
    score = torch.tensor([[0.0, 200.0]], requires_grad=True)
    (loss,) = run_layer("SoftmaxWithLossOHEM", "", score, torch.zeros(1))
    assert loss.item() == pytest.approx(87.33654)
    loss.backward()
    assert score.grad is not None
    assert score.grad.flatten().tolist() == pytest.approx([-1, 1])


def test_gradient() -> None:
    score, label = data(3, 4, 2)
    label[0, 0, 0] = 9
    score = score.double().requires_grad_()
    assert torch.autograd.gradcheck(
        lambda s: softmax_loss_ohem(s, label, 1, 9, "VALID", 1.0, 1), (score,)
    )


def test_bad_input_is_refused() -> None:
    with pytest.raises(ShapeError, match="3 labels for 4 score vectors"):
        top_shapes("SoftmaxWithLossOHEM", "", [(4, 5), (3,)])
    graph = one_graph(
        "SoftmaxWithLossOHEM", "propagate_down: true propagate_down: true", [(4, 5), (4,)]
    )
    graph.require_backward()
    graph.nodes[-1].need_backward = True
    with pytest.raises(GraphError, match="labels"):
        graph.require_backward()
