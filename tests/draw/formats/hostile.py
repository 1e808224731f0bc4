"""Names that would do something if they were not written as text."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

HOSTILE = (
    '</script><script>alert(1)</script>', '"]; bad [label="x', "a\\nb\\\\", "x\ny\x1b[31m",
    "‮gnp.exe", "层 ☃ é", "]]>&amp;<![CDATA[", "$\\frac{1}{2}$", "--><!--", "{{title}}{0}",
)  # fmt: skip

SVG = "{http://www.w3.org/2000/svg}"


def svg_texts(data: bytes) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(data).iter(f"{SVG}text")]
