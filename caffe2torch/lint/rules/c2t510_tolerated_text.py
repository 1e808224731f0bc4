r"""Text that is read here, and that Caffe's parser refuses.

What it does: looks for a byte order mark, for spaces that are no ASCII spaces (a no-break space),
for numbers with a plus sign, and for backslashes in strings that begin no escape of protobuf's; and
for those that do in a path: "D:\train" has a TAB in it. A path with a drive whose backslashes are
doubled is what Windows expects, and only an info.

Why: Caffe's text parser stops at the first of these, with a message that seldom names the cause.
A file that is to run in both is better without them. In a path a backslash is always a slip:
caffe2torch and Caffe take "\t" for a TAB, and look for a file that nobody has.
Source: protobuf src/google/protobuf/io/tokenizer.cc, ConsumeString, Next.

Bad::

    source: "D:\data\train_lmdb"     # \d is no escape, \t is a TAB
    negative_slope: +0.1

Good::

    source: "D:/data/train_lmdb"
    negative_slope: 0.1

Fix: what Caffe refuses is taken out, and backslashes of paths become slashes. Safe for what is only
tolerated here; a path then names another file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from caffe2torch.format.text import BOM, Document, Field, Scalar, walk
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "info"
RANK, PATH_RANK = 93, 11

PATHS = {"source", "mean_file", "root_folder", "net", "train_net", "test_net", "snapshot_prefix",
         "weights", "file_name"}  # fmt: skip
_ESCAPES = set("abfnrtv\\?'\"01234567xXuU")
_ESCAPE = re.compile(r"\\(.)")
_NAMED = {"a": "a bell", "b": "a backspace", "f": "a form feed", "n": "a line feed",
          "r": "a carriage return", "t": "a TAB", "v": "a vertical tab"}  # fmt: skip
_DRIVE = re.compile(r"[\"'][A-Za-z]:\\\\")
"""A path of Windows whose backslashes are written as they have to be."""
_BLANKS = re.compile("[\u00a0\u2000-\u200b\u202f\u205f\u3000]")


@dataclass(frozen=True)
class _Slip:
    """A stretch of a file that Caffe stops at, why, and what would stand there instead."""

    start: int
    end: int
    what: str
    new: str


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for each kind of slip in a file, and one for each path with a backslash."""
    documents = [net.document for net in c.known_nets if net.document is not None]
    if c.is_solver and c.solver.document is not None:
        documents.append(c.solver.document)
    for document in {d.file: d for d in documents}.values():
        yield from _paths(document)
        yield from _tolerated(document)


def _paths(document: Document) -> Iterator[Finding]:
    for field in walk(document.root):
        if field.name in PATHS and isinstance(field.value, Scalar) and "\\" in field.value.raw:
            raw = field.value.raw
            taken = [m[1] for m in _ESCAPE.finditer(raw) if m[1] in _NAMED]
            bad = next(_unknown(raw), None)
            why = f"\\{taken[0]} is {_NAMED[taken[0]]} there" if taken else ""
            if bad:
                stops = f"Caffe stops at {bad[0]}, which is no escape"
                why = f"{why}; {stops}" if why else stops
            new = re.sub(r"\\+", "/", raw)
            windows = _DRIVE.match(raw) and not why
            yield Finding(
                f"{field.name} {raw} has backslashes",
                document.span_at(field.value.start, field.value.end),
                severity="info" if windows else "warning",
                hint=f"write {new}",
                fix=Fix(f"{field.name}: {new}", (_edit(document, field, new),)),
                about=field.name,
                rank=None if windows else PATH_RANK,
                why=why or "a path is written with /, on Windows too",
            )


def _unknown(raw: str) -> Iterator[re.Match[str]]:
    """Backslashes with the letter behind them that begin no escape."""
    return (match for match in _ESCAPE.finditer(raw) if match[1] not in _ESCAPES)


def _edit(document: Document, field: Field, new: str) -> FileEdit:
    return FileEdit(document.file, field.value.start, field.value.end, new)


def _tolerated(document: Document) -> Iterator[Finding]:
    slips: dict[str, list[_Slip]] = {}
    for slip in (*_around(document), *_inside(document)):
        slips.setdefault(slip.what, []).append(slip)
    for what, same in slips.items():
        edits = tuple(FileEdit(document.file, s.start, s.end, s.new) for s in same)
        times = f" ({len(same)} times)" if len(same) > 1 else ""
        yield Finding(
            f"{what}{times}: read here, refused by Caffe",
            document.span_at(same[0].start, same[0].end),
            hint=_cure(what, same),
            fix=Fix(_cure(what, same), edits, safe=True),
            about=what,
        )


def _cure(what: str, slips: list[_Slip]) -> str:
    """What is done about slips of one kind."""
    if slips[0].new == "\\\\":
        return "write the backslash twice"
    if slips[0].new:
        return "write an ordinary space"
    return f"remove {what.replace('a ', 'the ', 1)}"


def _around(document: Document) -> Iterator[_Slip]:
    """A byte order mark, and blanks outside of strings and comments that are none."""
    text = document.text
    if text.startswith(BOM):
        yield _Slip(0, 1, "a byte order mark", "")
    quoted = [
        (f.value.start, f.value.end) for f in walk(document.root) if isinstance(f.value, Scalar)
    ]
    for match in _BLANKS.finditer(text):
        at = match.start()
        line = text[text.rfind("\n", 0, at) + 1 : at]
        if "#" not in line and not any(start <= at < end for start, end in quoted):
            yield _Slip(at, match.end(), "a no-break space", " ")


def _inside(document: Document) -> Iterator[_Slip]:
    """Plus signs, and backslashes of strings that are no paths."""
    for field in walk(document.root):
        if not isinstance(field.value, Scalar):
            continue
        raw, start = field.value.raw, field.value.start
        if raw.startswith("+"):
            yield _Slip(start, start + 1, "a plus sign in front of a number", "")
        elif raw[:1] in "\"'" and field.name not in PATHS:
            for match in _unknown(raw):
                at = start + match.start()
                yield _Slip(at, at + 1, "a backslash that begins no escape", "\\\\")
