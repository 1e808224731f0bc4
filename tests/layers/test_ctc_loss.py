"""Both CTC losses against the sum over all paths."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from caffe2torch.errors import ShapeError, UnsupportedError
from tests.layers.one_layer import one_graph, one_net, run_layer, run_net, top_shapes

ROWS = "ctc_loss_param {{ alphabet_size: 3 time_step: {} blank_label: {} }}"


def minus_log(score: torch.Tensor, labels: list[int], blank: int) -> float:
    """-log of the probability of all paths (one class a step) that collapse to the labels."""
    probability = score.softmax(dim=-1).tolist()
    total = 0.0
    for path in itertools.product(range(score.shape[-1]), repeat=len(score)):
        read = [k for k, _ in itertools.groupby(path) if k != blank]
        if read == labels:
            total += math.prod(row[k] for row, k in zip(probability, path, strict=True))
    return -math.log(total)


def scores(steps: int, n: int, classes: int) -> torch.Tensor:
    return torch.randn(steps, n, classes, generator=torch.Generator().manual_seed(5))


def test_rows_of_labels_filled_up_with_blanks() -> None:
    score = scores(5, 2, 3)
    (loss,) = run_layer("CtcLoss", ROWS.format(4, 0), score, torch.tensor([[1.0, 1], [0, 2]]))
    wanted = minus_log(score[:4, 0], [1, 1], 0) + minus_log(score[:4, 1], [2], 0)
    assert loss.item() == pytest.approx(wanted / 2, rel=1e-5)


def test_a_sequence_too_short_for_its_labels_counts_nothing() -> None:
    score = scores(3, 2, 3).requires_grad_()
    (loss,) = run_layer("CtcLoss", ROWS.format(2, 0), score, torch.tensor([[1.0, 1], [2, 0]]))
    assert loss.item() == pytest.approx(minus_log(score[:2, 1], [2], 0) / 2, rel=1e-5)
    loss.backward()
    assert score.grad is not None
    assert score.grad[:, 0].abs().sum() == 0


def test_an_unknown_label_is_refused() -> None:
    with pytest.raises(ValueError, match=r"0\.\.2"):
        run_layer("CtcLoss", ROWS.format(2, 0), scores(3, 1, 3), torch.tensor([[7.0]]))


COLUMNS = torch.tensor([[0.0, 1], [0, -1], [-1, -1], [-1, -1]])
INDICATOR = torch.tensor([[0.0, 0], [1, 1], [1, 1], [1, 0]])


def test_columns_of_labels_and_sequences_of_different_lengths() -> None:
    score = scores(4, 2, 3)
    (loss,) = run_layer("CTCLoss", "", score, INDICATOR, COLUMNS)
    wanted = minus_log(score[:, 0], [0, 0], 2) + minus_log(score[:3, 1], [1], 2)
    assert loss.item() == pytest.approx(wanted / 2, rel=1e-5)


def test_the_delay_skips_the_first_outputs() -> None:
    score = scores(4, 2, 3)
    (loss,) = run_layer("CTCLoss", "ctc_loss_param { output_delay: 1 }", score, INDICATOR, COLUMNS)
    wanted = minus_log(score[1:, 0], [0, 0], 2) + minus_log(score[1:3, 1], [1], 2)
    assert loss.item() == pytest.approx(wanted / 2, rel=1e-5)


def test_repeated_labels_can_be_collapsed_and_the_null_label_ends_them() -> None:
    score = scores(4, 1, 3)
    text = "ctc_loss_param { preprocess_collapse_repeated: true blank_index: 0 }"
    labels = torch.tensor([[1.0], [1], [2], [-1]])
    (loss,) = run_layer("CTCLoss", text, score, INDICATOR[:, :1].clone().fill_(1), labels)
    assert loss.item() == pytest.approx(minus_log(score[:, 0], [1], 0), rel=1e-5)


def test_gradients() -> None:
    score = scores(4, 2, 3).double().requires_grad_()
    rows = torch.tensor([[1.0, 2], [2, 0]])
    net = one_net("CtcLoss", ROWS.format(4, 0), [(4, 2, 3), (2, 2)])
    assert torch.autograd.gradcheck(lambda s: run_net(net, s, rows)[0], (score,))
    other = one_net("CTCLoss", "", [(4, 2, 3), (4, 2), (4, 2)])
    (loss,) = run_net(other, score, INDICATOR, COLUMNS)
    (gradient,) = torch.autograd.grad(loss, score)
    eps = 1e-6
    moved = score.detach().clone()
    moved[1, 0, 2] += eps
    slope = (run_net(other, moved, INDICATOR, COLUMNS)[0] - loss) / eps
    # the fork's gradient is that of the sum over the two sequences
    assert gradient[1, 0, 2].item() == pytest.approx(2 * slope.item(), rel=1e-4)


def test_another_alphabet_is_noted() -> None:
    graph = one_graph("CtcLoss", ROWS.format(4, 0), [(4, 2, 5), (2, 2)])
    assert graph.notes == ['layer "l" (CtcLoss): alphabet_size is 3; the 5 classes count']


def test_more_labels_than_steps_are_refused() -> None:
    with pytest.raises(ValueError, match="more labels than steps"):
        run_layer("CTCLoss", "", scores(4, 2, 3), INDICATOR, COLUMNS.clamp(min=0))


@pytest.mark.parametrize(
    ("kind", "text", "bottoms", "error", "message"),
    [
        ("CtcLoss", ROWS.format(9, 0), [(4, 2, 3), (2, 2)], ShapeError, "time_step is 9"),
        ("CtcLoss", "ctc_loss_param { time_step: 4 }", [(4, 2, 5), (2, 2)], ShapeError, "size 0"),
        ("CtcLoss", ROWS.format(4, 0), [(4, 2, 3), (3, 2)], ShapeError, "3 rows of labels for 2"),
        ("CTCLoss", "", [(4, 2, 3), (4, 2), (3, 2)], ShapeError, r"not \(4, 2\)"),
        (
            "CTCLoss", "ctc_loss_param { ctc_merge_repeated: false }",
            [(4, 2, 3), (4, 2), (4, 2)], UnsupportedError, "merge",
        ),
    ],
)  # fmt: skip
def test_bad_input_is_refused(
    kind: str, text: str, bottoms: list[tuple[int, ...]], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        top_shapes(kind, text, bottoms)
