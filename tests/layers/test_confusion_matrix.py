"""ConfusionMatrix ends its bottoms and says that it shows nothing."""

from __future__ import annotations

import pytest

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import one_graph


def test_it_makes_nothing_and_says_so() -> None:
    graph = one_graph("ConfusionMatrix", "", [(4, 3), (4,)], 0)
    assert graph.outputs == []
    assert any("confusion matrix" in note for note in graph.notes)


def test_one_label_a_vector_of_scores() -> None:
    with pytest.raises(ShapeError, match="labels"):
        one_graph("ConfusionMatrix", "", [(4, 3), (4, 3)], 0)
