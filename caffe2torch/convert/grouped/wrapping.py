"""Source lines as `ruff format` would break them, for the few kinds of statement emitted."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

WIDTH = 100
CLOSING = {"(": ")", "[": "]", "{": "}"}


def broken(line: str, indent: int = 0, width: int = WIDTH) -> list[str]:
    """A statement as lines of at most `width` columns, broken at its last outer bracket.

    Arguments may stand on one line of their own; the items of a tuple or dict get one each.
    """
    space = " " * indent
    if len(space + line) <= width:
        return [space + line]
    if terms := _terms(line):
        target, first, *rest = terms
        inner = " " * (indent + 4)
        return [space + f"{target}(", inner + first, *(inner + term for term in rest), space + ")"]
    places = [place for place in brackets(line) if not _is_subscript(line, place[0])]
    if not places:
        return [space + line]
    start, end = places[0 if line.startswith(("def ", "class ")) else -1]
    head, inside, tail = line[: start + 1], line[start + 1 : end], line[end:]
    inner = " " * (indent + 4)
    if method := _method(line[:start]):
        target, value = method
        return [
            space + f"{target} = (",
            *broken(value + line[start:], indent + 4, width),
            space + ")",
        ]
    is_call = line[start] == "(" and (line[start - 1 : start].isalnum() or line[start - 1] in "_])")
    if len(space + head) > width and " = " in head and items(head.partition(" = ")[0])[1:]:
        targets, _, value = line.partition(" = ")
        exploded = [f"{inner}{target}," for target in items(targets)]
        return [space + "(", *exploded, *broken(f") = {value}", indent, width)]
    if is_call and len(inner + inside) <= width and not inside.endswith(","):
        return [space + head, inner + inside, space + tail]
    lines = [space + head]
    for item in items(inside):
        lines += broken(f"{item},", indent + 4, width)
    return [*lines, space + tail]


def _terms(line: str) -> list[str]:
    """What a sum is given to, "return " or a target, and its terms with their signs; or nothing."""
    start = re.match(r"return |[\w.]+ = ", line)
    if not start:
        return []
    depth, cuts = 0, [start.end()]
    for i, c in _code(line):
        depth += (c in CLOSING) - (c in CLOSING.values())
        if depth == 0 and line[i : i + 3] in (" + ", " - "):
            cuts.append(i + 1)
    pairs = zip(cuts, [*cuts[1:], None], strict=True)
    terms = [line[one:other].strip() for one, other in pairs]
    return [start[0], *terms] if len(terms) > 1 else []


def _is_subscript(line: str, start: int) -> bool:
    """Whether a bracket is an index, where a comma would make a tuple."""
    return line[start] == "[" and bool(re.search(r"[\w\])]$", line[:start]))


def _method(head: str) -> tuple[str, str] | None:
    """Target and value of an assignment whose value ends in a method of a call's result."""
    target, _, value = head.partition(" = ")
    chained = re.search(r"\)\.\w+$", value) and "=" not in target and "(" not in target
    return (target, value) if chained else None


def docstring(text: str, indent: int) -> list[str]:
    """A docstring, over several lines if it is long."""
    space = " " * indent
    if len(text) + indent + 6 <= WIDTH:
        return [f'{space}"""{text}"""']
    lines = textwrap.wrap(text, WIDTH - indent - 8, break_long_words=False)
    return [f'{space}"""{lines[0]}', *(space + line for line in lines[1:]), f'{space}"""']


def brackets(line: str) -> list[tuple[int, int]]:
    """Start and end of the bracketed parts that no other brackets enclose; empty ones left out."""
    depth, start = 0, 0
    places = []
    for i, c in _code(line):
        if c in CLOSING:
            start = i if depth == 0 else start
            depth += 1
        elif c in CLOSING.values():
            depth -= 1
            if depth == 0 and i > start + 1:
                places.append((start, i))
    return places


def items(text: str) -> list[str]:
    """The parts of a text between its outer commas."""
    depth, start, parts = 0, 0, []
    for i, c in _code(text):
        depth += (c in CLOSING) - (c in CLOSING.values())
        if c == "," and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
    last = text[start:].strip()
    return [*parts, last] if last else parts


def _code(text: str) -> Iterator[tuple[int, str]]:
    """The characters that stand outside string literals, and their positions."""
    quote, skip = "", False
    for i, c in enumerate(text):
        if skip:
            skip = False
        elif quote:
            skip = c == "\\"
            quote = "" if c == quote else quote
        elif c in "\"'":
            quote = c
        else:
            yield i, c
