"""Eltwise over its own first bottom, by the numbers of Caffe 1.0."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from caffe2torch.errors import ShapeError
from caffe2torch.module import build
from tests.layers.one_layer import one_graph

BOTTOMS = [[1.0, 2, 3], [2.0, -1, 0.5], [0.5, 4, -2]]
ARRIVING = [1.0, 10, 100]
CASES: list[tuple[str, list[float], list[list[float]]]] = [
    ("", [2.5, 3, -1.5], [[1, 10, 100]] * 3),
    (
        "coeff: 2 coeff: 3 coeff: -1",
        [5.5, -7, 3.5],
        [[2, 20, 200], [6, 60, 600], [-2, -20, -200]],
    ),
    ("operation: PROD", [1, -8, -3], [[1, 16, 1], [0.5, -512, 6], [2, 128, -1.5]]),
    (
        "operation: PROD stable_prod_grad: false",
        [1, -8, -3],
        [[1, 1, 1], [0.5, 8, -6], [2, -2, 1.5]],
    ),
    ("operation: MAX", [2, 4, 0.5], [[0, 0, 0]] * 3),
]


def run(text: str, bottoms: list[Any]) -> torch.Tensor:
    param = f'top: "b0" eltwise_param {{ {text} }}'
    net = build.build(one_graph("Eltwise", param, [(3,)] * len(bottoms), tops=0), seed=0)
    return build.run(net, {f"b{i}": x for i, x in enumerate(bottoms)}, ["b0"])["b0"]


@pytest.mark.parametrize(("text", "top", "gradients"), CASES)
def test_in_place(text: str, top: list[float], gradients: list[list[float]]) -> None:
    bottoms = [torch.tensor(x, requires_grad=True) for x in BOTTOMS]
    y = run(text, bottoms)
    y.backward(torch.tensor(ARRIVING))
    assert y.tolist() == top
    assert [x.grad.tolist() for x in bottoms if x.grad is not None] == gradients


def test_where_the_first_bottom_wants_none_the_others_get_what_arrives() -> None:
    first, second = torch.tensor(BOTTOMS[0]), torch.tensor(BOTTOMS[1], requires_grad=True)
    run("operation: MAX", [first, second]).backward(torch.tensor(ARRIVING))
    assert second.grad is not None
    assert second.grad.tolist() == ARRIVING


def test_the_user_is_told_what_is_lost() -> None:
    graph = one_graph("Eltwise", 'top: "b0"', [(3,)] * 2, tops=0)
    assert any('leaves "b0" out' in note for note in graph.notes)


def test_forks_of_flownet_scale_one_bottom_by_a_sum() -> None:
    graph = one_graph("Eltwise", "eltwise_param { coeff: 0.5 }", [(2,)])
    assert "Caffe refuses" in " ".join(graph.notes)
    net = build.build(graph, seed=0)
    assert build.run(net, {"b0": torch.tensor([2.0, -4.0])}, ["t0"])["t0"].tolist() == [1.0, -2.0]
    for params in ("", "eltwise_param { operation: MAX }", "eltwise_param { operation: PROD }"):
        with pytest.raises(ShapeError, match="at least 2 bottoms"):
            one_graph("Eltwise", params, [(2,)])
