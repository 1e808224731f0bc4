"""Text in drawings: how wide it is, where it breaks, and what of it may be shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from caffe2torch.terminal import printable

# Hundredths of the font size from the space to the tilde, in DejaVu Sans. It is among the widest
# sans-serif fonts, so that text in whichever font a viewer has stays inside its box.
_WIDTHS = (
    32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 34, 34, 84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79,
    60, 79, 69, 63, 61, 73, 68, 99, 69, 61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63,
    63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52, 39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84,
)  # fmt: skip
_BOLD = 1.14
_OTHER, _WIDE = 84, 105
LONGEST = 44


def width(text: str, size: float, bold: bool = False) -> float:
    """The width in pixels of a line of text whose font is `size` pixels high."""
    return sum(map(_hundredths, text)) * size * (_BOLD if bold else 1) / 100


def _hundredths(char: str) -> int:
    if " " <= char <= "~":
        return _WIDTHS[ord(char) - 32]
    return _WIDE if unicodedata.east_asian_width(char) in "WF" else _OTHER


def label(text: str, longest: int = LONGEST) -> str:
    """The text as a label shows it: printable, and with its middle left out if it is long."""
    shown = printable(text)
    if len(shown) <= longest:
        return shown
    tail = longest // 3
    return f"{shown[: longest - tail - 1]}…{shown[-tail:]}"


def lines(parts: Iterable[str], joint: str = ", ", longest: int = 30) -> list[str]:
    """The parts joined, in as many lines as `longest` characters a line need."""
    joined: list[str] = []
    for part in parts:
        if joined and len(joined[-1]) + len(joint) + len(part) <= longest:
            joined[-1] += joint + part
        else:
            joined.append(part)
    rest = joint.strip()
    if rest != ",":  # a line break says what a comma says
        joined[1:] = [f"{rest} {line}" for line in joined[1:]]
    return joined
