"""Takes fields out of a text with the lines on which they stood alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from caffe2torch.format.text import BOM, Document, Edit, Field

_SEPARATOR = re.compile(r"[ \t]*[,;]?")
_BLANKS = re.compile(r"[ \t]*")
_REST = re.compile(r"[ \t\r]*(?:\n|\Z)")


def cuts(document: Document, fields: Iterable[Field]) -> Iterator[Edit]:
    """Remove fields, and the lines on which nothing else is."""
    runs: list[tuple[int, int]] = []
    for field in fields:
        match = _SEPARATOR.match(document.text, field.value.end)
        end = match.end() if match else field.value.end
        if runs and not document.text[runs[-1][1] : field.start].strip(" \t"):
            runs[-1] = runs[-1][0], end
        else:
            runs.append((field.start, end))
    yield from (_cut(document.text, *run) for run in runs)


def _cut(text: str, start: int, end: int) -> Edit:
    line = text.rfind("\n", 0, start) + 1
    line += line == 0 and text.startswith(BOM)
    behind = _REST.match(text, end)
    if behind and not text[line:start].strip(" \t"):
        return Edit(line, behind.end(), "")
    blanks = _BLANKS.match(text, end)
    return Edit(start, blanks.end() if blanks else end, "")


def indent_of(document: Document, field: Field) -> str:
    """Return the blanks with which the line of a field begins."""
    line = document.text.rfind("\n", 0, field.start) + 1
    match = _BLANKS.match(document.text, line)
    return match[0] if match else ""


def with_line_ends(document: Document, text: str) -> str:
    """Line ends as the document has them."""
    return text.replace("\n", "\r\n") if "\r\n" in document.text else text
