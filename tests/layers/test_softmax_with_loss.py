"""SoftmaxWithLoss beyond the recorded cases: forks' fields, bounds, refusals."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import close, drawn, one_graph, run_layer, top_shapes

SCORES = torch.tensor([[1.0, 2.0, 0.5], [0.0, -1.0, 3.0], [2.0, 2.0, 2.0]])
LABELS = torch.tensor([0.0, 2.0, 1.0])
LOSSES = F.cross_entropy(SCORES, LABELS.long(), reduction="none")


def loss_and_gradient(text: str, labels: torch.Tensor = LABELS) -> tuple[float, torch.Tensor]:
    scores = SCORES.clone().requires_grad_()
    (loss,) = run_layer("SoftmaxWithLoss", text, scores, labels)
    loss.backward()
    assert scores.grad is not None
    return float(loss.detach()), scores.grad


def test_class_weights_multiply_loss_and_gradient() -> None:
    """SegNet's: the divisor still counts every label."""
    text = "loss_param { weight_by_label_freqs: true class_weighting: [1, 2, 4] }"
    loss, gradient = loss_and_gradient(text)
    weights = torch.tensor([1.0, 4.0, 2.0])  # of labels 0, 2, 1
    assert loss == pytest.approx(float((weights * LOSSES).sum() / 3))
    wanted = (SCORES.softmax(1) - F.one_hot(LABELS.long(), 3)) * weights[:, None] / 3
    torch.testing.assert_close(gradient, wanted)


def test_weights_without_the_switch_do_nothing() -> None:
    loss, _ = loss_and_gradient("loss_param { class_weighting: [1, 2, 4] }")
    assert loss == pytest.approx(float(LOSSES.mean()))


def test_an_ignored_label_may_be_no_class_with_weights_too() -> None:
    text = "loss_param { ignore_label: 255 weight_by_label_freqs: true class_weighting: [1, 2, 4] }"
    loss, gradient = loss_and_gradient(text, torch.tensor([0.0, 255.0, 1.0]))
    assert loss == pytest.approx(float((LOSSES[0] + 2 * LOSSES[2]) / 2))
    assert not gradient[1].any()


@pytest.mark.parametrize(("fixed", "divisor"), [(5.0, 5.0), (0.5, 1.0)])
def test_pre_fixed_divides_by_the_given_number_but_never_by_less_than_one(
    fixed: float, divisor: float
) -> None:
    text = f"loss_param {{ normalization: PRE_FIXED pre_fixed_normalizer: {fixed} }}"
    assert loss_and_gradient(text)[0] == pytest.approx(float(LOSSES.sum()) / divisor)


def test_label_smoothing_is_named_in_a_note() -> None:
    graph = one_graph("SoftmaxWithLoss", "loss_param { label_smoothing: 0.1 }", [(3, 3), (3,)])
    assert any("label_smoothing" in note for note in graph.notes)


def test_a_score_of_minus_infinity_costs_the_most_and_still_teaches() -> None:
    scores = torch.tensor([[0.0, -torch.inf]], requires_grad=True)
    (loss,) = run_layer("SoftmaxWithLoss", "", scores, torch.tensor([1.0]))
    assert float(loss.detach()) == pytest.approx(87.33654475)
    loss.backward()
    assert scores.grad is not None
    assert scores.grad.tolist() == [[1.0, -1.0]]


def test_a_label_that_is_no_class_is_an_error() -> None:
    with pytest.raises(IndexError, match="out of bounds"):
        run_layer("SoftmaxWithLoss", "", SCORES, torch.tensor([0.0, 3.0, 1.0]))


@pytest.mark.parametrize(
    ("text", "bottoms", "tops", "field"),
    [
        ("loss_weight: 1 loss_weight: 0", [(3, 3), (3,)], 2, "top"),
        ("", [(3, 3, 2), (3, 3)], 1, "bottom"),
        ("softmax_param { axis: 2 }", [(3, 3), (3,)], 1, "softmax_param.axis"),
        ("softmax_param { axis: 0 }", [(3, 4), (4,)], 1, "bottom"),
        (
            "loss_param { weight_by_label_freqs: true class_weighting: 1 }",
            [(3, 3), (3,)],
            1,
            "loss_param.class_weighting",
        ),
    ],
)
def test_it_refuses(text: str, bottoms: list[tuple[int, ...]], tops: int, field: str) -> None:
    with pytest.raises(ShapeError) as error:
        top_shapes("SoftmaxWithLoss", text, bottoms, tops)
    assert error.value.field == field


def test_three_tops_are_those_of_r_fcn() -> None:
    """The loss, the softmax, and what each label adds to the sum; ignored labels add 0."""
    scores = torch.randn(2, 3, 2, 2, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([0.0, 1, 2, 255, 1, 1, 255, 0]).reshape(2, 1, 2, 2)
    text = "loss_param { ignore_label: 255 } loss_weight: [1, 0, 0]"
    loss, softmax, each = run_layer("SoftmaxWithLoss", text, scores, labels, tops=3)
    expected = torch.zeros(2, 1, 2, 2)
    for n in range(2):
        for i in range(2):
            for j in range(2):
                total = sum(math.exp(v) for v in scores[n, :, i, j].tolist())
                label = int(labels[n, 0, i, j])
                if label != 255:
                    score = scores[n, label, i, j].item()
                    expected[n, 0, i, j] = math.log(total) - score
    torch.testing.assert_close(each, expected)
    torch.testing.assert_close(softmax, scores.softmax(1))
    assert loss.item() == pytest.approx(expected.sum().item() / 6)


def test_a_weight_for_each_label() -> None:
    scores, labels = drawn(2, 3, 2), torch.tensor([[0.0, 2.0], [1.0, 1.0]])
    weights = torch.tensor([[0.5, 2.0], [0.0, 1.5]])
    text = "loss_param { ignore_label: 2 }"
    total = 0.0
    for n, j in ((0, 0), (1, 0), (1, 1)):
        column = scores[n, :, j].exp()
        share = (column[int(labels[n, j])] / column.sum()).item()
        total -= weights[n, j].item() * math.log(share)
    close(run_layer("SoftmaxWithLoss", text, scores, labels, weights)[0], total / 2.0)
    (none,) = run_layer("SoftmaxWithLoss", text, scores, labels, torch.zeros(2, 2))
    assert none.item() == 0
    with pytest.raises(ShapeError, match=r"labels of shape \(2, 2\) and weights of \(2,\)"):
        run_layer("SoftmaxWithLoss", text, scores, labels, torch.zeros(2))
