"""Graphviz's language holds the drawing, and names stay inside their strings."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

from caffe2torch.draw import formats
from caffe2torch.draw.scene import Scene


def test_dot_has_a_node_a_box_and_labels_on_its_edges(lenet: Scene) -> None:
    text = formats.render(lenet, "dot").decode()
    boxes = [i for i, item in enumerate(lenet.picture.items) if not item.tag]
    assert re.findall(r"^  item(\d+) \[", text, re.MULTILINE) == [str(i) for i in boxes]
    assert 'bgcolor="#FF5050"' in text and "rankdir=TB" in text
    assert re.search(r'item\d+ -> item\d+ \[label="64/100×20×24×24"\];', text)


def test_hostile_names_do_not_leave_their_strings_in_dot(hostile: Scene) -> None:
    text = formats.render(hostile, "dot").decode()
    # Without strings and HTML-like labels nothing of the names is left.
    bare = re.sub(r'"(?:\\.|[^"\\])*"', "", text)
    bare = re.sub(r"<table.*</table>", "", bare)
    assert "bad" not in bare and "alert" not in bare
    for table in re.findall(r"label=<(<table.*?</table>)>", text):
        ElementTree.fromstring(table)
