"""SegAccuracy by hand."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import one_net, run_layer, run_net, top_shapes


def one_hot(rows: list[list[int]], classes: int = 3) -> torch.Tensor:
    return F.one_hot(torch.tensor(rows), classes).permute(2, 0, 1)[None].float()


LABEL = torch.tensor([[[[0.0, 0, 1], [1, 255, 1]]]])
SCORE = one_hot([[0, 1, 1], [1, 2, 0]])
TEXT = "seg_accuracy_param {{ ignore_label: 255 {} }}"


def test_three_numbers() -> None:
    (top,) = run_layer("SegAccuracy", TEXT.format(""), SCORE, LABEL, phase="TEST")
    # class 0: 1 of 2, union 3; class 1: 2 of 3, union 4; class 2 does not occur
    wanted = [3 / 5, (1 / 2 + 2 / 3) / 2, (1 / 3 + 2 / 4 + 1) / 3]
    assert top.shape == (1, 1, 1, 3)
    assert top.flatten().tolist() == pytest.approx(wanted)


def test_of_equal_scores_the_last_class_counts() -> None:
    label = torch.full((1, 1, 2, 3), 2.0)
    (top,) = run_layer("SegAccuracy", "", torch.zeros(1, 3, 2, 3), label)
    assert top[0, 0, 0, 0] == 1


@pytest.mark.parametrize(("fields", "second"), [("", 1.0), ("reset: false", (3 + 5) / 10)])
def test_counts_of_earlier_batches(fields: str, second: float) -> None:
    net = one_net("SegAccuracy", TEXT.format(fields), [(1, 3, 2, 3), (1, 1, 2, 3)], phase="TEST")
    right = one_hot([[0, 0, 1], [1, 2, 1]])
    assert run_net(net, SCORE, LABEL)[0].flatten()[0].item() == pytest.approx(3 / 5)
    assert run_net(net, right, LABEL)[0].flatten()[0].item() == pytest.approx(second)


def test_an_unknown_label_is_refused() -> None:
    with pytest.raises(ValueError, match="ignore_label"):
        run_layer("SegAccuracy", "", SCORE, LABEL)


def test_shapes_must_fit() -> None:
    with pytest.raises(ShapeError, match="labels of shape"):
        top_shapes("SegAccuracy", "", [(1, 3, 2, 3), (1, 1, 3, 2)])
