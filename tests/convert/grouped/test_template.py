"""A repeated block as a class."""

from __future__ import annotations

from pathlib import Path

from tests.convert import families
from tests.convert.one_net import converted


def test_blocks_that_differ_by_a_branch_are_one_class(tmp_path: Path) -> None:
    text = converted(tmp_path, families.FAMILIES["resnet"]).source.text
    assert text.count("class Bottleneck") == 1
    assert "self.res3a = Bottleneck(" in text
    assert "with_branch1=True" in text
    assert "return self.relu(self.branch1(x) + self.branch2(x))" in text
    assert "nn.BatchNorm2d(" in text
    assert "Scale" not in text
