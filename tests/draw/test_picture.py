"""Boxes are as large as their texts."""

from __future__ import annotations

import pytest

from caffe2torch.draw.picture import Item, Line, Picture, section
from caffe2torch.draw.scene import Scene


def test_text_is_narrower_than_its_box(lenet: Scene) -> None:
    for item in lenet.picture.items:
        widest = max(line.width for section in item.sections for line in section.lines)
        assert widest < item.size[0]


def test_a_box_is_padded_on_all_sides_and_a_section_insets_the_ones_below() -> None:
    line = Line("conv1", "name")
    assert line.height == pytest.approx(13 * 1.3)
    # c o n v 1 are 55, 61, 63, 59 and 64 hundredths of the size, bold ones 1.14 times as wide
    assert line.width == pytest.approx(13 * (0.55 + 0.61 + 0.63 + 0.59 + 0.64) * 1.14)
    one = Item((section("layer", [line]),), (), ())
    assert one.size == pytest.approx((line.width + 2 * 9, line.height + 9))
    two = Item((section("layer", [line]), section("in place", [line])), (), ())
    assert two.size == pytest.approx((line.width + 18, 2 * (line.height + 9) + 4))
    tag = Item((section("blob", [Line("1×2", "tag")]),), (), ())
    assert tag.tag and tag.size[1] == pytest.approx(10.5 * 1.3 + 9 - 4.5)


def test_a_section_has_a_line_even_without_text() -> None:
    assert [line.text for line in section("layer", [Line("")]).lines] == ["·"]


def test_the_legend_has_the_kinds_in_the_order_of_the_colours() -> None:
    items = [
        Item((section(kind, []),), (), ()) for kind in ("loss", "blob", "stack", "data", "loss")
    ]
    assert Picture("net", "ALL", [], items=items).kinds == ["data", "loss"]
