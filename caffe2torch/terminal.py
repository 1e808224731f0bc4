"""What standard output is: whether colours are wanted, how wide it is, and what may be printed.

Names and values come out of files of anybody, and a terminal obeys what is written to it: one
escape sequence changes its title, clears it, or types. So everything is printed by `echo`, or
after `printable` where colours of our own are added.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import unicodedata


def colors() -> bool:
    """Whether to print colours: on a terminal, unless NO_COLOR is set or it is a dumb one.

    FORCE_COLOR asks for them elsewhere, too.
    Source: no-color.org
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def width(err: bool = False) -> int:
    """Columns of the terminal, 0 where the output is none. err: of standard error"""
    return shutil.get_terminal_size().columns if is_terminal(err) else 0


def is_terminal(err: bool = False) -> bool:
    """Whether standard output leads to a terminal. err: whether standard error does"""
    return (sys.stderr if err else sys.stdout).isatty()


_GAP = re.compile(r"(?<=\S) {2,}(?=\S)")


def wrapped(text: str, columns: int) -> str:
    """Return a text with its lines broken between words, none longer than so many columns.

    What follows stands below the last column of a table's row, or a little to the right. A word
    that is longer, such as a path, stays whole. columns: 0 for lines as they are
    """
    if not columns or all(len(line) <= columns for line in text.split("\n")):
        return text
    return "\n".join(_wrapped_line(line, columns) for line in text.split("\n"))


def _wrapped_line(line: str, columns: int) -> str:
    if len(line) <= columns:
        return line
    import textwrap  # not at start-up, which every command would wait for

    hang = _hang(line, columns)
    start = hang if line[:hang].strip() and line[hang - 1] == " " else 0
    start = start or len(line) - len(line.lstrip(" "))
    return "\n".join(
        textwrap.wrap(
            line[start:], columns, initial_indent=line[:start], subsequent_indent=" " * hang,
            break_long_words=False, break_on_hyphens=False, expand_tabs=False,
        )
    )  # fmt: skip


def _hang(line: str, columns: int) -> int:
    """Where the continuation of a line begins."""
    ends = [gap.end() for gap in _GAP.finditer(line) if gap.end() <= columns * 0.6]
    indent = len(line) - len(line.lstrip(" "))
    return ends[-1] if ends else min(indent + 2, columns // 2)


def reflowed(text: str) -> str:
    """Return a text as a terminal breaks it anew; for other readers, as it is written."""
    return paragraphs(text) if width() else text


_FULL = 60
"""Characters of a line behind which its paragraph goes on."""


def paragraphs(text: str) -> str:
    """Return a text whose paragraphs are one line each, to be wrapped anew.

    Lines that are indented stay apart, unless they stand below the text behind a label.
    """
    lines: list[str] = []
    for line in text.split("\n"):
        before = lines[-1] if lines else ""
        indent = len(line) - len(line.lstrip(" "))
        label = _GAP.search(before)
        below = (label.end() if label and before[0] != " " else 0) if before else -1
        again = line[:2] in ("- ", "* ") or line[:3] == "```" or _GAP.search(line)
        if line.strip() and len(before) > _FULL and indent == below and not again:
            lines[-1] = f"{before} {line.strip()}"
        else:
            lines.append(line)
    return "\n".join(lines)


# Control characters; those that hide, or turn the direction of what follows; those of no meaning.
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def printable(text: str, longest: int = 0) -> str:
    r"""Return a text in one line, with everything that has no shape of its own as an escape.

    Bytes that are not UTF-8, as "surrogateescape" or `format.strings` hold them, are shown as \xNN.
    What is escaped stays as it is when it is escaped again.

    longest: characters beyond which the middle is left out; 0 for all of them
    """
    if longest and len(text) > longest:
        tail = longest // 3
        text = f"{text[: longest - tail - 1]}…{text[-tail:]}"
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(c) if unicodedata.category(c) in _HIDDEN else c for c in text)


def _escaped(char: str) -> str:
    if "\udc80" <= char <= "\udcff" or "\uef80" <= char <= "\uefff":
        return f"\\x{ord(char) & 0xFF:02x}"
    return char.encode("unicode_escape", "surrogatepass").decode()


def printable_lines(text: str) -> str:
    """Return a text of several lines with each of them printable; tabs and CR LF stay."""
    if text.isascii() and text.translate(_LAYOUT).isprintable():
        return text
    return "\n".join(map(_printable_line, text.split("\n")))


_LAYOUT = {ord("\n"): " ", ord("\t"): " "}


def _printable_line(line: str) -> str:
    body = line.removesuffix("\r")
    return "\t".join(map(printable, body.split("\t"))) + line[len(body) :]


def pointed(line: str, at: int, width: int, columns: int = 0) -> tuple[str, str]:
    """Return a source line as it can be printed, and carets that stand below line[at : at + width].

    columns: of the line; 0 for what a message has room for
    """
    line = line.rstrip().replace("\t", " ")
    before, marked, after = line[:at], line[at : at + max(width, 1)], line[at + max(width, 1) :]
    keep = columns or LONGEST_LINE
    shown = [printable(before[-keep:]), printable(marked[: keep + 1]), printable(after[:keep])]
    more = len(before) > keep
    at, width = len(shown[0]), max(1, len(shown[1]))
    shown[0] = "…" + shown[0][1:] if more else shown[0]
    text, at, width = _window("".join(shown), at, width, keep)
    return text, " " * at + "^" * width


LONGEST_LINE = 1000
"""Columns of a source line that a message quotes."""


def _window(line: str, at: int, width: int, columns: int) -> tuple[str, int, int]:
    """The part of a long line around line[at : at + width], and where that lies in it."""
    if len(line) <= columns:
        return line, at, width
    start = max(0, min(at - columns // 4, len(line) - columns))
    shown = line[start : start + columns]
    shown = ("…" + shown[1:]) if start else shown
    shown = (shown[:-1] + "…") if start + columns < len(line) else shown
    return shown, at - start, min(width, columns - (at - start))


VERBOSITY = "C2T_VERBOSITY"
"""-1: results and errors alone (-q); 1: what is left out otherwise, too (-v); for workers, too."""


def verbosity() -> int:
    """How much is said besides results: -1, 0 or 1."""
    value = os.environ.get(VERBOSITY, "")
    return int(value) if value in ("-1", "1") else 0


def aside(text: str) -> None:
    """Print on standard error what is no result, unless -q forbids it."""
    if verbosity() >= 0:
        echo(text, err=True)


def note(text: str) -> None:
    """Print on standard error what somebody should know about a result, unless -q forbids it."""
    aside(f"note: {text}")


_details: set[str] = set()


def detail(text: str) -> None:
    """Print on standard error, once, what only -v asks for."""
    if verbosity() > 0 and text not in _details:
        _details.add(text)
        echo(text, err=True)


def echo(text: str, err: bool = False, nl: bool = True, verbatim: bool = False) -> None:
    """Print text for people, on standard error if `err`, each line printable.

    verbatim: lines stay as long as they are: source, JSON, a command to be copied
    """
    import click

    columns = 0 if verbatim else width(err)
    click.echo(wrapped(printable_lines(text), columns), err=err, nl=nl)


def clock(seconds: float) -> str:
    """Return a duration as h:mm:ss, or m:ss below an hour."""
    minutes, rest = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
