"""Layers that use another layer's parameters."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import GOLDEN
from tests.convert import families
from tests.convert.one_net import converted, gap
from tests.graph.nets import DATA, ip

NETS = GOLDEN / "nets"


def test_chains_that_share_their_weights_are_one_module(tmp_path: Path) -> None:
    text = converted(tmp_path, families.FAMILIES["siamese"]).source.text
    assert "self.feat_a(a), self.feat_a(b), sim" in text
    assert text.count("nn.Conv2d") == 1


def test_a_blob_shared_in_another_shape_falls_back_to_the_flat_source(tmp_path: Path) -> None:
    wide = 'layer { name: "w" type: "Input" top: "w" input_param { shape { dim: 1 dim: 4 } } }\n'
    share = 'param { name: "p" share_mode: PERMISSIVE }'
    text = DATA + wide + ip("a", "data", "a", 'param { name: "p" }') + ip("b", "w", "b", share, n=3)
    found = converted(tmp_path, text)
    assert "functional_call" in found.source.text
    assert gap(found) == 0
