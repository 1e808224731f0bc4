"""A page is one file that loads nothing, and names do nothing in it."""

from __future__ import annotations

import json
import re

import pytest

from caffe2torch.draw import formats
from caffe2torch.draw.scene import Scene
from tests.draw.formats.hostile import svg_texts


def test_a_page_is_one_file_that_loads_nothing(lenet: Scene) -> None:
    page = formats.render(lenet, "html").decode()
    assert "default-src 'none'" in page
    assert not re.search(r"(?:src|href)\s*=|@import|url\(|https?:", page)
    items = json.loads(re.search(r'id="items">(.*?)</script>', page, re.DOTALL)[1])
    assert len(items) == len(lenet.picture.items)
    assert all(f'id="item{i}"' in page for i in range(len(items)))
    assert "conv1" in items[4]["words"] or any("conv1" in item["words"] for item in items)
    assert "prefers-color-scheme: dark" in page


@pytest.mark.parametrize("kind", ["svg", "html"])
def test_hostile_names_are_text_and_nothing_else(hostile: Scene, kind: str) -> None:
    text = formats.render(hostile, kind).decode()
    body = text if kind == "svg" else text[: text.index('<script type="application/json"')]
    assert "<script>alert" not in text and "alert(1)" in text
    assert "\x1b" not in text and "‮" not in text
    svg = body[body.index("<svg") : body.index("</svg>") + 6]
    if kind == "html":
        svg = svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    found = svg_texts(svg.encode())
    assert '"]; bad [label="x' in found and "层 ☃ é" in found and "--><!--" in found
    assert r"x\ny\x1b[31m" in found and r"\u202egnp.exe" in found
    assert len(re.findall(r"<script", text)) == (0 if kind == "svg" else 2)
