"""Files of each kind hold the drawing, and nothing that a name in the net could do."""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from PIL import Image

from caffe2torch.draw import formats
from caffe2torch.draw.scene import Scene, lay_out
from tests.draw.test_compose import LENET, drawn

HOSTILE = (
    '</script><script>alert(1)</script>', '"]; bad [label="x', "a\\nb\\\\", "x\ny\x1b[31m",
    "‮gnp.exe", "层 ☃ é", "]]>&amp;<![CDATA[", "$\\frac{1}{2}$", "--><!--", "{{title}}{0}",
)  # fmt: skip
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def lenet(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return lay_out(drawn(tmp_path_factory.mktemp("lenet"), LENET), "TB")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """A chain of layers whose names, types and blobs are the hostile texts."""
    quoted = [json.dumps(text, ensure_ascii=False) for text in HOSTILE]
    quoted = [re.sub(r"\\u00(..)", r"\\x\1", text) for text in quoted]
    text, last = f"name: {quoted[0]}\n", '"start"'
    for name in quoted:
        text += f"layer {{ name: {name} type: {name} bottom: {last} top: {name} }}\n"
        last = name
    return lay_out(drawn(tmp_path_factory.mktemp("hostile"), text), "LR")


def svg_texts(data: bytes) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(data).iter(f"{SVG}text")]


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


def test_text_is_narrower_than_its_box(lenet: Scene) -> None:
    for item in lenet.picture.items:
        widest = max(line.width for section in item.sections for line in section.lines)
        assert widest < item.size[0]


def test_a_page_is_one_file_that_loads_nothing(lenet: Scene) -> None:
    page = formats.render(lenet, "html").decode()
    assert "default-src 'none'" in page
    assert not re.search(r"(?:src|href)\s*=|@import|url\(|https?:", page)
    items = json.loads(re.search(r'id="items">(.*?)</script>', page, re.DOTALL)[1])
    assert len(items) == len(lenet.picture.items)
    assert all(f'id="item{i}"' in page for i in range(len(items)))
    assert "conv1" in items[4]["words"] or any("conv1" in item["words"] for item in items)
    assert "prefers-color-scheme: dark" in page


def test_a_png_is_twice_the_size_and_shows_the_colours(lenet: Scene) -> None:
    image = Image.open(io.BytesIO(formats.render(lenet, "png")))
    assert image.format == "PNG"
    assert image.width >= 2 * lenet.plan.width and image.height >= 2 * lenet.plan.height
    colours = {colour for _, colour in image.getcolors(1 << 24)}
    assert {(0xFF, 0x50, 0x50), (0xFF, 0x99, 0x00), (0xCC, 0x33, 0xFF), (255, 255, 255)} <= colours


def test_dot_has_a_node_a_box_and_labels_on_its_edges(lenet: Scene) -> None:
    text = formats.render(lenet, "dot").decode()
    boxes = [i for i, item in enumerate(lenet.picture.items) if not item.tag]
    assert re.findall(r"^  item(\d+) \[", text, re.MULTILINE) == [str(i) for i in boxes]
    assert 'bgcolor="#FF5050"' in text and "rankdir=TB" in text
    assert re.search(r'item\d+ -> item\d+ \[label="64/100×20×24×24"\];', text)


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


def test_hostile_names_do_not_leave_their_strings_in_dot(hostile: Scene) -> None:
    text = formats.render(hostile, "dot").decode()
    # Without strings and HTML-like labels nothing of the names is left.
    bare = re.sub(r'"(?:\\.|[^"\\])*"', "", text)
    bare = re.sub(r"<table.*</table>", "", bare)
    assert "bad" not in bare and "alert" not in bare
    for table in re.findall(r"label=<(<table.*?</table>)>", text):
        ElementTree.fromstring(table)


def test_hostile_names_are_drawn_in_pixels(hostile: Scene) -> None:
    assert Image.open(io.BytesIO(formats.render(hostile, "png"))).width > 500


def test_kinds_are_the_files_of_the_folder(root: Path) -> None:
    assert formats.names() == ["dot", "html", "png", "svg"]
