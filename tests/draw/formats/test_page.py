"""A page of pixels: as sharp as viewers can open, shapes where they are put."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from caffe2torch.draw.formats._page import LONGEST, MOST_PIXELS, Page, _outline
from caffe2torch.draw.painting import Curve, Rect


def test_a_small_page_is_twice_the_size() -> None:
    page = Page(100, 50)
    page.add([Rect(10, 20, 30, 10, "#FF0000", round=0)], 5, 5)
    image = Image.open(io.BytesIO(page.png()))
    assert image.size == (201, 101)
    assert image.getpixel((2 * 30, 2 * 30)) == (255, 0, 0)
    assert image.getpixel((2 * 12, 2 * 30)) != (255, 0, 0)
    assert image.getpixel((2 * 30, 2 * 38)) != (255, 0, 0)


@pytest.mark.parametrize(("width", "height"), [(20_000, 10), (10, 40_000), (4000, 4000)])
def test_a_large_page_is_no_larger_than_viewers_open(width: int, height: int) -> None:
    page = Page(width, height)
    shown = width * page.sharp, height * page.sharp
    assert max(shown) <= LONGEST + 1 and shown[0] * shown[1] <= MOST_PIXELS * 1.001
    assert max(shown) >= LONGEST - 1 or shown[0] * shown[1] >= MOST_PIXELS * 0.999


def test_corners_are_quarter_circles_between_straight_edges() -> None:
    square = _outline(Rect(0, 0, 10, 10, "#000000", round=0))
    assert square == [(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)]
    points = _outline(Rect(0, 0, 10, 10, "#000000", round=2))
    assert points[0] == points[-1] == (2, 0) and len(points) % 3 == 1
    assert {(8, 0), (10, 2), (10, 8), (8, 10), (2, 10), (0, 8), (0, 2)} <= set(points)
    assert all(0 <= x <= 10 and 0 <= y <= 10 for x, y in points)


def test_a_curve_is_drawn_through_its_ends() -> None:
    page = Page(50, 50)
    page.add([Curve([(5.0, 25.0), (20.0, 25.0), (30.0, 25.0), (45.0, 25.0)])], 0, 0)
    image = Image.open(io.BytesIO(page.png())).convert("L")
    dark = [
        x for x in range(image.width) if min(image.getpixel((x, y)) for y in (49, 50, 51)) < 150
    ]
    assert dark[0] == pytest.approx(10, abs=1) and dark[-1] == pytest.approx(90, abs=1)
