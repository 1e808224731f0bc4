"""What layer names have in common: the part that tells one repeated block from the next."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from caffe2torch.layers.code import quoted
from caffe2torch.module.names import bare

Span = tuple[int, int]
"""Where in a name the tag of its block stands."""

SLASH = re.compile(r"([^/]+)/")
SHORT = re.compile(r"[A-Za-z_\-]*?(\d+[a-z]?\d*)(?![A-Za-z])")
LONG = re.compile(r"[A-Za-z_\-]*?(\d+(?:[a-z]\d*)?(?:_\d+)?)(?![A-Za-z])")
START = re.compile(r"[A-Za-z]+_?(\d+(?:_\d+)?)_[A-Za-z]")
LAST = re.compile(r".*?(\d+)(?:_new)?$")

Finder = Callable[[str], Span | None]
KEYS: dict[str, Finder] = {}


def _finder(pattern: re.Pattern[str], whole: bool = False) -> Finder:
    def find(name: str) -> Span | None:
        match = pattern.match(name if whole else name.split("/")[0] if "/" in name else name)
        return match.span(1) if match else None

    return find


KEYS["slash"] = _finder(SLASH, whole=True)
KEYS["short"] = _finder(SHORT)
KEYS["long"] = _finder(LONG)
HEADS = _finder(re.compile(r"(.+)_mbox(?=_)"), whole=True)
"""SSD's heads: conv6_2_mbox_loc, conv6_2_mbox_conf, ..."""

KEYS["start"] = _finder(START, whole=True)
KEYS["last"] = _finder(LAST, whole=True)


@dataclass(frozen=True)
class Pattern:
    """Names of one layer in all blocks: text around holes, such as ("res", 0, "_branch2a").

    A hole is (column, offset): the number or text of that column, plus the offset.
    """

    parts: tuple[str | tuple[int, int], ...]

    def source(self, columns: Sequence[str]) -> str:
        """The pattern as a string literal, an f-string over `columns` where it has holes."""
        if not self.holes:
            return quoted("".join(map(str, self.parts)))
        escaped = [
            p.replace("{", "{{").replace("}", "}}") if isinstance(p, str) else p for p in self.parts
        ]
        return "f" + quoted(_joined(escaped, columns))

    def shown(self, columns: Sequence[str]) -> str:
        """The pattern for a docstring: res{n}_branch2a."""
        return _joined([bare(p) if isinstance(p, str) else p for p in self.parts], columns)

    @property
    def holes(self) -> bool:
        return any(not isinstance(part, str) for part in self.parts)


def _joined(parts: Sequence[str | tuple[int, int]], columns: Sequence[str]) -> str:
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
        else:
            plus = f" + {part[1]}" if part[1] > 0 else f" - {-part[1]}" if part[1] else ""
            text += f"{{{columns[part[0]]}{plus}}}"
    return text


def common(names: Sequence[str]) -> str:
    """What names begin with, without the punctuation at its end."""
    first, last = min(names), max(names)
    same = next((k for k, c in enumerate(first) if last[k : k + 1] != c), len(first))
    return first[:same].rstrip("_/-. ")


def suffixes(patterns: Sequence[Pattern]) -> list[str]:
    """What tells the layers of a block apart: the text behind the hole, or else before it."""
    ends = [_text(p.parts[-1]) if p.holes else "" for p in patterns]
    heads = [_text(p.parts[0]) for p in patterns]
    if 2 * sum(map(bool, ends)) > len(ends):
        return [end or head for end, head in zip(ends, heads, strict=True)]
    return [_text("_".join(filter(None, pair))) for pair in zip(heads, ends, strict=True)]


def _text(part: str | tuple[int, int]) -> str:
    return part.strip("_/-. ") if isinstance(part, str) else ""
