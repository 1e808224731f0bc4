"""What the generators of pages share: text that Markdown leaves alone, and blocks of it."""

from __future__ import annotations

import re

# Underscores inside of a word are letters to Markdown.
_MARKS = re.compile(r"[|<*]|(?<!\w)_|_(?!\w)")


def escaped(text: str) -> str:
    """Prose with Markdown's marks escaped, except in `code`."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(p if p.startswith("`") else _MARKS.sub(r"\\\g<0>", p) for p in parts)


def cell(text: str) -> str:
    """Text for a cell of a table: in one line, bars escaped in code, too."""
    return re.sub(r"(?<!\\)\|", r"\\|", escaped(" ".join(text.split())))


def fence(language: str, text: str) -> list[str]:
    """A block of code with the empty line behind it."""
    return [f"```{language}", text, "```", ""]
