"""Attributes of classes are named after layers, and weights load by name."""

from __future__ import annotations

from pathlib import Path

from tests.convert import families
from tests.convert.one_net import converted, gap


def test_branches_of_a_block_are_named_after_their_layers(tmp_path: Path) -> None:
    text = converted(tmp_path, families.FAMILIES["googlenet"]).source.text
    assert "self.branch_3x3 = named(" in text
    assert '("conv_3x3_reduce", nn.Conv2d(inputs, n3x3_reduce, 1)),' in text
    assert "self.inception_5b = Inception(" in text
    assert "inception_5b/" not in text


def test_a_group_called_as_its_first_layer_loads(tmp_path: Path) -> None:
    image = (
        'layer { name: "d" type: "Input" top: "d" '
        "input_param { shape { dim: 2 dim: 3 dim: 8 dim: 8 } } }\n"
    )
    text = image + families.conv("c", "d", 4) + families.relu("r", "c")
    for k, kind in enumerate(("Sigmoid", "TanH", "ReLU", "Sigmoid")):
        text += families.layer(kind, f"a{k}", "c", "c")
    text += families.layer("Split", "s", "c", "c1", 'top: "c2"')
    found = converted(tmp_path, text + families.layer("Eltwise", "sum", "c1 c2"))
    assert "self.c = named(" in found.source.text
    assert sorted(found.module.state_dict()) == ["c.conv.bias", "c.conv.weight"]
    found.module.load_state_dict(found.state)
    assert gap(found) == 0
