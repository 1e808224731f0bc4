"""MatWrite ends its bottoms and says that it writes nothing."""

from __future__ import annotations

from tests.layers.one_layer import one_graph


def test_it_makes_nothing_and_says_so() -> None:
    graph = one_graph("MatWrite", 'mat_write_param { prefix: "out/" }', [(2, 3), (4,)], 0)
    assert graph.outputs == []
    assert any("no MATLAB file" in note for note in graph.notes)
