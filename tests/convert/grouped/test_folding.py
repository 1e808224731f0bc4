"""BatchNorm and Scale become one module where torch has it."""

from __future__ import annotations

from pathlib import Path

from tests.convert import families
from tests.convert.one_net import converted, gap


def test_faithful_keeps_batch_norm_and_scale(tmp_path: Path) -> None:
    found = converted(tmp_path, families.FAMILIES["resnet"], faithful=True)
    assert "class CaffeBatchNorm" in found.source.text
    assert "BatchNorm2d" not in found.source.text
    assert gap(found) <= 1e-6
