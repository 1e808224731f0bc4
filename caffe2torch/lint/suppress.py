"""Comments that silence findings: `# c2t: ignore[C2T101, C2T2] why`.

Behind a field the comment counts for that line, and for the whole block if one opens there. On a
line of its own it counts for the next line that has a field. Before the first field of the file,
or written `ignore-file`, it counts for the whole file. Codes may be prefixes; without brackets
all codes are meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from caffe2torch.format.text import Block, Document, walk
from caffe2torch.lint.finding import Finding

_COMMENT = re.compile(r"c2t:\s*ignore(?P<file>-file)?\s*(?:\[(?P<codes>[^\]]*)\])?", re.IGNORECASE)


def matches(code: str, patterns: tuple[str, ...]) -> bool:
    """Whether a code begins with one of the patterns ("C2T2", "2", "ALL", a rule's full code)."""
    number = code.upper().removeprefix("C2T")
    wanted = (p.upper().removeprefix("C2T") for p in patterns)
    return any(p == "ALL" or number.startswith(p) for p in wanted)


@dataclass
class Suppressions:
    """What the comments of one file silence: for the file, and for stretches of it."""

    everywhere: list[tuple[str, ...]] = field(default_factory=list)
    ranges: list[tuple[int, int, tuple[str, ...]]] = field(default_factory=list)

    def silence(self, finding: Finding) -> bool:
        """Whether a finding in this file is silenced."""
        if any(matches(finding.code, codes) for codes in self.everywhere):
            return True
        at = finding.span.start if finding.span else -1
        return any(a <= at < b and matches(finding.code, codes) for a, b, codes in self.ranges)


def read(document: Document) -> Suppressions:
    """The suppressions that the comments of a document ask for."""
    suppressions = Suppressions()
    text, first = document.text, _first_field(document)
    for start, comment in _comments(document):
        match = _COMMENT.search(comment)
        if match is None:
            continue
        codes = tuple(c for c in re.split(r"[,\s]+", match["codes"] or "ALL") if c)
        if match["file"] or start < first:
            suppressions.everywhere.append(codes)
        else:
            suppressions.ranges.append((*_reach(document, text, start), codes))
    return suppressions


def _first_field(document: Document) -> int:
    return document.root.fields[0].start if document.root.fields else len(document.text)


def _comments(document: Document) -> list[tuple[int, str]]:
    """Offset and text of every comment; a "#" inside a string is none."""
    pattern = re.compile(r""""(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|(?P<comment>#[^\n]*)""")
    hits = pattern.finditer(document.text)
    return [(m.start(), m["comment"]) for m in hits if m["comment"] is not None]


def _reach(document: Document, text: str, start: int) -> tuple[int, int]:
    """The stretch that a comment at `start` counts for."""
    line = text.rfind("\n", 0, start) + 1
    if not text[line:start].strip():
        line = next((f.start for f in walk(document.root) if f.start > start), start)
        line = text.rfind("\n", 0, line) + 1
    end = text.find("\n", line)
    end = len(text) if end < 0 else end
    for item in walk(document.root):
        if isinstance(item.value, Block) and line <= item.value.open < end:
            end = max(end, item.value.end)
    return line, end
