"""A net is arranged in classes: repeated blocks, stages, and what is left over."""

from __future__ import annotations

from pathlib import Path

from tests.convert import families
from tests.convert.one_net import converted, gap


def test_a_vgg_is_written_as_stages(tmp_path: Path) -> None:
    text = converted(tmp_path, families.FAMILIES["vgg"]).source.text
    assert 'self.add_module(f"conv_{i}", nn.Conv2d(inputs, outputs, 3, padding=1))' in text
    assert "self.stage4 = Stage(16, 32, 32, 32)" in text
    assert "class VGG(nn.Sequential):" in text


def test_a_stage_that_is_tapped_inside_is_no_chain(tmp_path: Path) -> None:
    text = families.vgg((2, 2, 3, 3), width=4, size=32, hidden=8)
    tap = families.layer("Power", "tap", "conv3_3")  # as SSD reads VGG's conv4_3
    at = text.index('layer { name: "pool3"')
    for variant in (text[:at] + tap + text[at:], text + tap):
        found = converted(tmp_path, variant)
        assert len(found.graph.outputs) == 2
        assert "stage2 = Stage(" in found.source.text
        assert "stage3 = Stage(" not in found.source.text
        assert gap(found) <= 1e-6
