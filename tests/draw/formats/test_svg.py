"""An SVG holds the drawing, and nothing that a name in the net could do."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

from caffe2torch.draw import formats
from caffe2torch.draw.scene import Scene
from tests.draw.formats.hostile import SVG, svg_texts


def test_an_svg_holds_every_line_every_arrow_and_the_details(lenet: Scene) -> None:
    data = formats.render(lenet, "svg")
    lines = [ln.text for item in lenet.picture.items for s in item.sections for ln in s.lines]
    found = svg_texts(data)
    assert not set(lines) - set(found)
    assert "100×20×12×12" in found or "64/100×20×12×12" in found
    root = ElementTree.fromstring(data)
    groups = [e for e in root.iter(f"{SVG}g") if e.get("class") == "arrow"]
    ends = [(int(e.get("data-tail", "")), int(e.get("data-head", ""))) for e in groups]
    assert ends == lenet.picture.arrows
    titles = [e.text or "" for e in root.iter(f"{SVG}title")]
    assert any("kernel_size: 5" in title and "top conv1" in title for title in titles)


def test_marks_stay_on_the_page(lenet: Scene) -> None:
    root = ElementTree.fromstring(formats.render(lenet, "svg"))
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    assert width >= lenet.plan.width and height >= lenet.plan.height
    for group in root.findall(f"{SVG}g"):
        dx, dy = map(float, re.findall(r"[\d.]+", group.get("transform", "")))
        for rect in group.iter(f"{SVG}rect"):
            x, y, w, h = (float(rect.get(k, 0)) for k in ("x", "y", "width", "height"))
            assert x + dx >= 0 and x + dx + w <= width and y + dy >= 0 and y + dy + h <= height
