"""Parameters that layers share by name: owners, multipliers, refusals."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.errors import ShapeError
from tests.graph.nets import DATA, graph, ip


def test_shared_parameters_have_one_owner_and_its_multipliers(tmp_path: Path) -> None:
    text = (
        DATA
        + ip("a", "data", "a", 'param { name: "w" }')
        + ip("b", "data", "b", 'param { name: "w" lr_mult: 3 }')
    )
    found = graph(tmp_path, text)
    assert [(ref.layer, ref.lr_mult) for ref in found.params] == [("a", 3.0)]
    assert found.node("b").params[0].owner is found.params[0]


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        ('param { name: "w" }', 'param { name: "w" }', r"shape \(5, 3\) cannot be shared"),
        (
            'param { name: "w" lr_mult: 1 }',
            'param { name: "w" lr_mult: 2 share_mode: PERMISSIVE }',
            "cannot be shared",
        ),
    ],
)
def test_shared_parameters_of_other_shapes_are_refused(
    tmp_path: Path, first: str, second: str, says: str
) -> None:
    text = DATA + ip("a", "data", "a", first) + ip("b", "data", "b", second, n=5)
    with pytest.raises(ShapeError, match=says) as caught:
        graph(tmp_path, text)
    assert caught.value.span is not None
    assert caught.value.span.line == 4
