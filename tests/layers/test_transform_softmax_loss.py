"""TransformSoftmaxLoss by hand, and the file of classes that TransformAccuracy reads too."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from caffe2torch.errors import DataError, ShapeError
from tests.layers.one_layer import one_net, run_layer, top_shapes

KINDS = ("TransformSoftmaxLoss", "TransformAccuracy")


def text(folder: Path, classes: str = "2 -1 0\n1 1", more: str = "") -> str:
    file = folder / "classes.txt"
    file.write_text(classes)
    return f'label_transform_param {{ label_transform_file: "{file}" }} {more}'


def test_the_loss_of_a_label_without_a_class_is_0_and_counts(tmp_path: Path) -> None:
    scores = torch.randn(4, 3, dtype=torch.float64)
    labels = torch.tensor([0.0, 1, 4, 2])
    (loss,) = run_layer("TransformSoftmaxLoss", text(tmp_path), scores, labels)
    log = scores.log_softmax(1)
    assert loss.item() == pytest.approx(-(log[0, 2] + log[2, 1] + log[3, 0]).item() / 4)


def test_gradient(tmp_path: Path) -> None:
    net = one_net("TransformSoftmaxLoss", text(tmp_path), [(4, 3), (4,)])
    scores = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    labels = torch.tensor([0, 1, 4, 2])
    assert torch.autograd.gradcheck(lambda x: net.l(x, labels), scores)
    (gradient,) = torch.autograd.grad(net.l(scores, labels), scores)
    assert not gradient[1].any()


def test_a_score_far_below_costs_at_most_flt_min_and_has_a_gradient(tmp_path: Path) -> None:
    net = one_net("TransformSoftmaxLoss", text(tmp_path), [(1, 3), (1,)])
    scores = torch.tensor([[500.0, 0, 0]], requires_grad=True)
    loss = net.l(scores, torch.tensor([0.0]))
    assert loss.item() == pytest.approx(87.33654)
    assert torch.autograd.grad(loss, scores)[0].tolist() == [[1, 0, -1]]


@pytest.mark.parametrize("kind", KINDS)
def test_shapes(tmp_path: Path, kind: str) -> None:
    assert top_shapes(kind, text(tmp_path), [(4, 3, 1, 1), (4, 1)]) == [()]
    missing = 'label_transform_param { label_transform_file: "nowhere" }'
    assert top_shapes(kind, missing, [(4, 3), (4,)]) == [()]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bottoms", [[(4, 3, 2, 1), (4,)], [(4, 3), (8,)], [(4,), (4,)]])
def test_bottoms_that_do_not_fit(tmp_path: Path, kind: str, bottoms: list[tuple[int, ...]]) -> None:
    with pytest.raises(ShapeError, match=r"takes scores \(N, C\)"):
        top_shapes(kind, text(tmp_path), bottoms)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("classes", ["0 1", "0 1 2 3", "0 1 3", "-1"])
def test_other_classes_than_the_scores(tmp_path: Path, kind: str, classes: str) -> None:
    with pytest.raises(ShapeError, match="there are 3 scores"):
        one_net(kind, text(tmp_path, classes), [(4, 3), (4,)])


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_missing_or_holds_words(tmp_path: Path, kind: str) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        one_net(kind, text(tmp_path, "0 1 two"), [(4, 3), (4,)])
    nowhere = 'label_transform_param { label_transform_file: "nowhere" }'
    with pytest.raises(DataError, match="'nowhere' cannot be read"):
        one_net(kind, nowhere, [(4, 3), (4,)])
    with pytest.raises(ShapeError, match="no file of new labels"):
        top_shapes(kind, "", [(4, 3), (4,)])


@pytest.mark.parametrize("label", [5.0, -1.0])
@pytest.mark.parametrize("kind", KINDS)
def test_a_label_beyond_the_file(tmp_path: Path, kind: str, label: float) -> None:
    with pytest.raises((IndexError, RuntimeError)):
        run_layer(kind, text(tmp_path), torch.randn(1, 3), torch.tensor([label]))
