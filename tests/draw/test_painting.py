"""Marks of boxes and arrows, by hand; the heading has what is to be known."""

from __future__ import annotations

import pytest

from caffe2torch.draw.layout.plan import Plan
from caffe2torch.draw.painting import Curve, Head, Rect, Text, arrow_marks, heading, item_marks
from caffe2torch.draw.picture import Item, Line, Picture, section
from caffe2torch.draw.scene import Scene


def scene(*items: Item) -> Scene:
    """Items 100 apart, each with a straight arrow to the next one."""
    picture = Picture("net", "ALL", [], items=list(items))
    picture.arrows = [(i, i + 1) for i in range(len(items) - 1)]
    centres = [(50.0, 100.0 * i) for i in range(len(items))]
    routes = [[(50.0, 100.0 * i + 25 * k) for k in range(1, 5)] for i in range(len(items) - 1)]
    return Scene(picture, Plan(100, 100, centres, routes), "TB")


BOX = Item((section("layer", [Line("relu", "name")]),), (), ())
TAG = Item((section("blob", [Line("1×2", "tag")]),), (), (), tail_of=0)


def test_an_arrow_has_a_head_at_a_box_and_none_at_a_tag() -> None:
    drawn = scene(BOX, TAG, BOX)
    assert arrow_marks(drawn, 0) == [Curve(drawn.plan.routes[0])]
    curve, head = arrow_marks(drawn, 1)
    assert isinstance(head, Head) and curve == Curve(drawn.plan.routes[1])
    tip, left, right = head.points
    assert tip == drawn.plan.routes[1][-1]
    # it points down: the base lies 7 above the tip, 0.45 * 7 to each side
    assert sorted([left, right]) == [
        pytest.approx((tip[0] - 3.15, tip[1] - 7)), pytest.approx((tip[0] + 3.15, tip[1] - 7)),
    ]  # fmt: skip


def test_a_box_lies_around_its_centre_with_its_lines_on_top() -> None:
    frame, text = item_marks(scene(BOX), 0)
    assert isinstance(frame, Rect) and isinstance(text, Text)
    width, height = BOX.size
    assert (frame.x, frame.y) == pytest.approx((50 - width / 2, -height / 2))
    assert (frame.width, frame.height, frame.dashed) == (width, height, False)
    assert text.x == 50 and frame.y < text.y < frame.y + height


def test_what_only_one_phase_has_or_is_wrong_is_dashed() -> None:
    partly = Item(BOX.sections, (), (), partly=True)
    wrong = Item(BOX.sections, (), (), wrong=True)
    first, second = (next(iter(item_marks(scene(item), 0))) for item in (partly, wrong))
    assert isinstance(first, Rect) and isinstance(second, Rect)
    assert first.dashed and second.dashed
    assert first.line != second.line


def test_a_stack_has_two_more_boxes_behind_it() -> None:
    rects = [m for m in item_marks(scene(Item(BOX.sections, (), (), stack=True)), 0)
             if isinstance(m, Rect)]  # fmt: skip
    behind = [(rect.x - rects[2].x, rect.y - rects[2].y) for rect in rects]
    assert behind == [pytest.approx((8, 8)), pytest.approx((4, 4)), (0, 0)]


def test_the_heading_wraps_notes_and_lists_the_kinds() -> None:
    picture = Picture("net", "TEST", ["word " * 200], items=[BOX, TAG])
    marks, right, bottom = heading(picture, 500.0)
    texts = [mark.line.text for mark in marks if isinstance(mark, Text)]
    assert texts[0] == "net — TEST"
    assert texts[9] == "…" and texts[-1] == "layer"  # eight lines of the note
    assert right <= 500 + 1
    assert bottom > max(mark.y for mark in marks if isinstance(mark, Text))
