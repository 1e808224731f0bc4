"""A lossless reader of prototxt: every value, with its place in the text.

protobuf's own text parser keeps neither positions nor comments. This one keeps the text and
notes where each field stands in it, so that an error or a lint finding points at
`file:line:col` and a fix is an edit of the text. It knows the grammar only; what the fields
mean is decided in schema.py.

Source: protobuf's python/google/protobuf/text_format.py, class Tokenizer (what is a token).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NoReturn

from caffe2torch.errors import ParseError, Span

BOM = "\ufeff"

# No blank and no comment can be read in two ways here: the pattern fails in linear time.
_GAP = r"(?:\s+(?!\s)|\#[^\n]*(?:\n|\Z))*"
_WORD = r"[A-Za-z_][0-9A-Za-z_+-]*"
_STRING = r"""(?:"[^"\n\\]*(?:\\[^\n][^"\n\\]*)*"|'[^'\n\\]*(?:\\[^\n][^'\n\\]*)*')"""
_BLANK = (
    r"(?:\$\{\w+\}|\$\(\w+\)|\$\w+\$?|@\w+@)"  # what a template leaves open: $WIDTH$, ${X}, @X@
)
# Adjacent strings are one value. C++ lets a blank follow a minus sign, Python does not.
_VALUE = (
    rf"(?P<value>{_STRING}(?:{_GAP}{_STRING})*|{_WORD}|{_BLANK}"
    rf"|(?:-\s+(?!\s))?(?:[0-9+-]|\.[0-9])[0-9A-Za-z_.+-]*|-\s+(?!\s){_WORD})"
)
_ITEM = re.compile(
    rf"{_GAP}(?:"
    rf"(?P<name>{_WORD}){_GAP}(?P<colon>:)?{_GAP}"
    rf"(?:(?P<open>[{{<])|(?P<list>\[)|{_VALUE}{_GAP}[,;]?)?"
    rf"|(?P<close>[}}>]){_GAP}[,;]?"
    r"|(?P<other>[^\s]))?"
)
_ELEMENT = re.compile(rf"{_GAP}(?:(?P<open>[{{<])|(?P<close>\])|{_VALUE}|(?P<other>[^\s]))?")
_AFTER_ELEMENT = re.compile(rf"{_GAP}(?P<sep>[,\]])?")
_SEPARATOR = re.compile(rf"{_GAP}[,;]?")

MANY = 32
"""Fields of a block from which on those of one name are not searched for anew each time."""
_CLOSES = {"{": "}", "<": ">"}


@dataclass(slots=True)
class Scalar:
    """A value as it is written: a number, a word, or one or more adjacent quoted strings."""

    raw: str
    start: int
    end: int


@dataclass(slots=True)
class Block:
    """A message: `start` is where its field's name begins, `open` its brace, `end` behind it."""

    fields: list[Field] = field(default_factory=list)
    start: int = 0
    open: int = 0
    end: int = 0
    _by_name: dict[str, list[Field]] | None = field(default=None, repr=False, compare=False)
    _known: int = field(default=0, repr=False, compare=False)

    def all(self, name: str) -> list[Field]:
        """Return the fields called `name`, in the order of the text."""
        if len(self.fields) < MANY:
            return [f for f in self.fields if f.name == name]
        by_name = self._by_name = self._by_name or {}
        for other in self.fields[self._known :]:
            by_name.setdefault(other.name, []).append(other)
        self._known = len(self.fields)
        return by_name.get(name, [])

    def find(self, name: str, index: int = 0) -> Field | None:
        """Return the `index`-th field called `name`, or None."""
        fields = self.all(name)
        return fields[index] if index < len(fields) else None


@dataclass(slots=True)
class Field:
    """One `name: value`; `start` and `end` are those of the name.

    A list `name: [a, b]` becomes one field an element; each of them holds the offsets of the
    list in `brackets`. An empty list is one field whose value is the scalar "[]".
    """

    name: str
    value: Scalar | Block
    start: int
    end: int
    brackets: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace text[start:end] by `new`."""

    start: int
    end: int
    new: str


@dataclass
class Document:
    """A parsed file: `text` as it was, byte-order mark and line ends included."""

    text: str
    file: str
    root: Block

    @cached_property
    def _lines(self) -> list[int]:
        return [0] + [m.end() for m in re.finditer("\n", self.text)]

    def span(self, at: Field | Block | Scalar) -> Span:
        """Return the place of a field (its name to its value), a block or a value."""
        end = at.value.end if isinstance(at, Field) else at.end
        return self.span_at(at.start, end)

    def span_at(self, start: int, end: int | None = None) -> Span:
        """Return the place of text[start:end]; line and column count from 1."""
        line = bisect_right(self._lines, start)
        col = start - self._lines[line - 1] + 1
        if line == 1 and self.text.startswith(BOM):
            col = max(1, col - 1)
        return Span(self.file, line, col, start, start if end is None else end)


def parse(text: str, file: str) -> Document:
    """Parse prototxt; `file` is only what errors call it.

    Raises: ParseError with the place of the first character that fits no field.
    """
    document = Document(text, file, Block(end=len(text)))
    return _Parser(document).run()


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Return `text` with the edits made, the last one first, so that no offset moves.

    Raises: ValueError if two edits overlap.
    """
    pieces, below = [], len(text)
    for edit in sorted(set(edits), key=lambda e: (e.start, e.end), reverse=True):
        if not 0 <= edit.start <= edit.end <= below:
            raise ValueError(f"edits overlap or leave the text at offset {edit.start}")
        pieces += [text[edit.end : below], edit.new]
        below = edit.start
    return "".join(reversed([*pieces, text[:below]]))


def walk(block: Block) -> Iterator[Field]:
    """Yield every field below a block, each before those inside it."""
    stack = list(reversed(block.fields))
    while stack:
        at = stack.pop()
        yield at
        if isinstance(at.value, Block):
            stack.extend(reversed(at.value.fields))


@dataclass(slots=True)
class _Frame:
    """What is open at a place: the file, a message, or (with `opener`) a list."""

    block: Block
    brace: str
    opener: re.Match[str] | None = None
    members: list[Field] = field(default_factory=list)


class _Parser:
    """Reads a document with a stack of frames, so that no depth of nesting can exhaust Python's."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.text = document.text
        self.frames = [_Frame(document.root, "")]

    def run(self) -> Document:
        at = 1 if self.text.startswith(BOM) else 0
        while True:
            frame = self.frames[-1]
            if frame.opener is not None:
                at = self._element(frame, frame.opener, at)
                continue
            item = _match(_ITEM, self.text, at)
            kind = item.lastgroup
            at = item.end()
            if kind == "value" and item["colon"]:
                scalar = Scalar(item["value"], *item.span("value"))
                frame.block.fields.append(Field(item["name"], scalar, *item.span("name")))
            elif kind == "open":
                self._open(frame.block, item)
            elif kind == "close":
                at = self._close(item)
            elif kind == "list":
                self.frames.append(_Frame(frame.block, "[", item))
            elif kind is None:
                break
            else:
                self._refuse(item)
        if len(self.frames) > 1:
            self._unclosed()
        return self.document

    def _open(self, parent: Block, item: re.Match[str]) -> None:
        block = Block([], item.start("name"), item.start("open"))
        parent.fields.append(Field(item["name"], block, *item.span("name")))
        self.frames.append(_Frame(block, item["open"]))

    def _close(self, item: re.Match[str]) -> int:
        """Close the innermost block; return where to go on."""
        at, frame = item.start("close"), self.frames.pop()
        if not frame.brace:
            self._fail(f'"{item["close"]}" closes nothing', at, "remove it, or add what it closes")
        closes = _CLOSES[frame.brace]
        if closes != item["close"]:
            line = self.document.span_at(frame.block.open).line
            what = f'expected "{closes}" for the "{frame.brace}" of line {line}'
            self._fail(f'{what}, found "{item["close"]}"', at)
        frame.block.end = at + 1
        outer = self.frames[-1]
        if outer.opener is not None:
            return self._after_element(outer, outer.opener, at + 1)
        return item.end()

    def _element(self, frame: _Frame, opener: re.Match[str], at: int) -> int:
        """Read one element of a list; return where to go on."""
        element = _match(_ELEMENT, self.text, at)
        kind = element.lastgroup
        if kind is None:
            self._fail('the list is not closed with "]"', opener.start("list"))
        if kind == "close" and not frame.members:
            return self._empty_list(frame, opener, element.end())
        if kind == "open":
            block = Block([], element.start("open"), element.start("open"))
            self._member(frame, opener, block)
            self.frames.append(_Frame(block, element["open"]))
            return element.end()
        if kind != "value":
            sign, where = element[kind], element.start(kind)
            self._fail(f'expected a value in the list, found "{sign}"', where)
        if not opener["colon"]:
            self._fail(f'expected ":" after "{opener["name"]}"', opener.end("name"))
        self._member(frame, opener, Scalar(element["value"], *element.span("value")))
        return self._after_element(frame, opener, element.end())

    def _empty_list(self, frame: _Frame, opener: re.Match[str], at: int) -> int:
        start = opener.start("list")
        self._member(frame, opener, Scalar("[]", start, at))
        frame.members[0].brackets = (start, at)
        self.frames.pop()
        return _match(_SEPARATOR, self.text, at).end()

    def _member(self, frame: _Frame, opener: re.Match[str], value: Scalar | Block) -> None:
        member = Field(opener["name"], value, *opener.span("name"))
        frame.members.append(member)
        frame.block.fields.append(member)

    def _after_element(self, frame: _Frame, opener: re.Match[str], at: int) -> int:
        """Read the comma behind an element, or the end of the list; return where to go on."""
        after = _match(_AFTER_ELEMENT, self.text, at)
        if after["sep"] is None:
            self._fail('expected "," or "]" in the list', after.end())
        if after["sep"] == ",":
            return after.end()
        for member in frame.members:
            member.brackets = (opener.start("list"), after.end())
        self.frames.pop()
        return _match(_SEPARATOR, self.text, after.end()).end()

    def _refuse(self, item: re.Match[str]) -> NoReturn:
        """Raise for an item that is no field."""
        if item.lastgroup == "other":
            self._refuse_character(item.start("other"))
        name, behind = item["name"], item.end("name")
        if item["value"] is not None:
            self._fail(f'expected ":" after "{name}"', behind, f"write {name}: {item['value']}")
        if not item["colon"]:
            self._fail(f'expected ":" or "{{" after "{name}"', behind)
        at = _match(_AFTER_ELEMENT, self.text, item.end("colon")).end()
        sign = self.text[at : at + 1]
        if sign and sign in "\"'":
            self._fail(f'the string of "{name}" is not closed on its line', at)
        what = f'found "{sign}"' if sign else "found the end of the file"
        self._fail(f'expected a value for "{name}", {what}', at)

    def _refuse_character(self, at: int) -> NoReturn:
        line = self.text[self.text.rfind("\n", 0, at) + 1 :].split("\n", 1)[0]
        if line.startswith(("<<<<<<<", "=======", ">>>>>>>")):
            self._fail("a mark of an unfinished merge", at, "choose one side, delete the marks")
        if self.text[at] == "[":
            self._fail("extensions are not part of Caffe's schema", at)
        self._fail(f'expected the name of a field, found "{self.text[at]}"', at)

    def _unclosed(self) -> NoReturn:
        block, brace = self.frames[-1].block, self.frames[-1].brace
        name = re.match(r"\w*", self.text[block.start :])
        what = f'the message "{name[0]}"' if name and name[0] else "a message in a list"
        self._fail(f'{what} is not closed: "{_CLOSES[brace]}" is missing', block.open)

    def _fail(self, message: str, at: int, hint: str | None = None) -> NoReturn:
        raise ParseError(message, span=self.document.span_at(at, at + 1), hint=hint)


def _match(pattern: re.Pattern[str], text: str, at: int) -> re.Match[str]:
    """Match a pattern whose every part is optional, which therefore always matches."""
    match = pattern.match(text, at)
    assert match is not None
    return match
