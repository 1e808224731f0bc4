"""Comments that silence findings: `# c2t: ignore[C2T101, C2T2] why`.

Behind a field the comment counts for that line, and for the whole block if one opens there. On a
line of its own it counts for the next line that has a field. Before the first field of the file,
or written `ignore-file`, it counts for the whole file. Codes may be prefixes; without brackets
all codes are meant.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left, bisect_right
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
    """What the comments of one file silence: prefix of codes -> stretches that do not overlap."""

    stretches: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def silence(self, finding: Finding) -> bool:
        """Whether a finding in this file is silenced; one without a place, for the whole file."""
        at = finding.span.start if finding.span else NOWHERE
        number = finding.code.upper().removeprefix("C2T")
        prefixes = ("ALL", *(number[:end] for end in range(len(number) + 1)))
        return any(_holds(self.stretches.get(prefix, []), at) for prefix in prefixes)


NOWHERE = -1


def _holds(stretches: list[tuple[int, int]], at: int) -> bool:
    before = bisect_right(stretches, (at, sys.maxsize))
    return before > 0 and at < stretches[before - 1][1]


def read(document: Document) -> Suppressions:
    """The suppressions that the comments of a document ask for."""
    stretches: dict[str, list[tuple[int, int]]] = {}
    places = _Places.of(document)
    for start, comment in _comments(document):
        match = _COMMENT.search(comment)
        if match is None:
            continue
        codes = [c for c in re.split(r"[,\s]+", match["codes"] or "ALL") if c]
        everywhere = match["file"] or start < places.first
        stretch = (NOWHERE, sys.maxsize) if everywhere else places.reach(start)
        for code in codes:
            stretches.setdefault(code.upper().removeprefix("C2T"), []).append(stretch)
    return Suppressions({code: _merged(several) for code, several in stretches.items()})


def _merged(stretches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same stretches, in order, as few as possible."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _comments(document: Document) -> list[tuple[int, str]]:
    """Offset and text of every comment; a "#" inside a string is none."""
    pattern = re.compile(r""""(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|(?P<comment>#[^\n]*)""")
    hits = pattern.finditer(document.text)
    return [(m.start(), m["comment"]) for m in hits if m["comment"] is not None]


@dataclass
class _Places:
    """Where the fields of a document begin, and its blocks open, in order."""

    text: str
    fields: list[int]
    blocks: list[Block]

    @classmethod
    def of(cls, document: Document) -> _Places:
        fields = list(walk(document.root))
        blocks = [item.value for item in fields if isinstance(item.value, Block)]
        return cls(document.text, [item.start for item in fields], blocks)

    @property
    def first(self) -> int:
        """Where the first field begins."""
        return self.fields[0] if self.fields else len(self.text)

    def reach(self, start: int) -> tuple[int, int]:
        """The stretch that a comment at `start` counts for."""
        text = self.text
        line = text.rfind("\n", 0, start) + 1
        if not text[line:start].strip():
            after = bisect_right(self.fields, start)
            line = self.fields[after] if after < len(self.fields) else start
            line = text.rfind("\n", 0, line) + 1
        end = text.find("\n", line)
        end = len(text) if end < 0 else end
        opens = (bisect_left(self.blocks, at, key=lambda block: block.open) for at in (line, end))
        return line, max([end, *(block.end for block in self.blocks[slice(*opens)])])
