"""A graph as steps over values."""

from __future__ import annotations

from pathlib import Path

from tests.convert.one_net import converted, gap
from tests.graph.nets import DATA, ip


def test_what_nothing_reads_is_left_out(tmp_path: Path) -> None:
    hidden = ip("b", "data", "b") + 'layer { name: "s" type: "Silence" bottom: "b" }\n'
    found = converted(tmp_path, DATA + ip("a", "data", "a") + hidden)
    assert "self.b" not in found.source.text
    assert gap(found) == 0
