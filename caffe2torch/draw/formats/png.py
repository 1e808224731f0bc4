"""A PNG picture, drawn by matplotlib's and Pillow's renderers."""

from __future__ import annotations

from caffe2torch.draw.formats._page import Page
from caffe2torch.draw.painting import PAGE, Rect, arrow_marks, heading, item_marks
from caffe2torch.draw.scene import Scene

MARGIN = 16.0


def render(scene: Scene) -> bytes:
    """The drawing with its heading."""
    above, right, top = heading(scene.picture, scene.plan.width)
    width = max(right, scene.plan.width) + 2 * MARGIN
    height = top + scene.plan.height + 2 * MARGIN
    page = Page(width, height)
    page.add([Rect(0, 0, width, height, PAGE, round=0)], 0.0, 0.0)
    page.add(above, MARGIN, MARGIN)
    shift = MARGIN + max(0.0, (right - scene.plan.width) / 2)
    for i in range(len(scene.picture.arrows)):
        page.add(arrow_marks(scene, i), shift, top + MARGIN)
    for i in range(len(scene.picture.items)):
        page.add(item_marks(scene, i), shift, top + MARGIN)
    return page.png()
