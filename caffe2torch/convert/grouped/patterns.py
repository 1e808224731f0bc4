"""The names of repeated blocks' layers, as patterns with holes for what tells blocks apart."""

from __future__ import annotations

import re
from collections.abc import Sequence

from caffe2torch.convert.grouped.layer_names import Pattern
from caffe2torch.convert.grouped.shortcuts import Row
from caffe2torch.layers.code import quoted

NUMBERS = re.compile(r"(\d+)")

Column = tuple[str, tuple[str, ...]]
"""Type, and values by block as source, of what goes into a hole."""


def patterns(rows: Sequence[Row]) -> tuple[list[Pattern], list[Column]] | None:
    """Patterns of the layers' names, by step, and the columns for their holes."""
    return _tagged(rows) or _numbered(rows)


def named_alike(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows whose names differ in their tags alone, put together; all rows if they have no tags."""
    if not all(row.block.tags for row in rows):
        return [list(rows)]
    groups: list[tuple[list[Pattern | None], list[Row]]] = []
    for row in rows:
        tagged = _tag_patterns(row)
        for known, members in groups:
            if all(a is None or b is None or a == b for a, b in zip(known, tagged, strict=True)):
                known[:] = [a or b for a, b in zip(known, tagged, strict=True)]
                members.append(row)
                break
        else:
            groups.append((tagged, [row]))
    return [_whole(members) for _, members in groups]


def _whole(rows: list[Row]) -> list[Row]:
    """Rows by themselves where none of them has the steps that all rows had."""
    full = any(None not in row.steps for row in rows)
    return rows if full else [Row(row.block, row.block.steps) for row in rows]


def _tag_patterns(row: Row) -> list[Pattern | None]:
    """The names of one block with a hole for its tag."""
    spans = iter(row.block.tags)
    tagged: list[Pattern | None] = []
    for step in row.steps:
        if step is None:
            tagged.append(None)
            continue
        start, end = next(spans)
        parts = (step.name[:start], (0, 0), step.name[end:])
        tagged.append(Pattern(tuple(part for part in parts if part)))
    return tagged


def _tagged(rows: Sequence[Row]) -> tuple[list[Pattern], list[Column]] | None:
    """Patterns of names that differ in the block's tag alone."""
    if not all(row.block.tags for row in rows):
        return None
    if len(named_alike(rows)) > 1:
        return None
    tags = [row.block.tag for row in rows]
    named = [pattern for pattern in _tag_patterns(rows[0]) if pattern]
    if all(tag.isdigit() and str(int(tag)) == tag for tag in tags):
        return named, [("int", tuple(tags))]
    return named, [("str", tuple(map(quoted, tags)))]


def _numbered(rows: Sequence[Row]) -> tuple[list[Pattern], list[Column]] | None:
    """Patterns of names that differ in numbers which go up together."""
    columns: list[list[int]] = []
    named = []
    for k in range(len(rows[0].steps)):
        names = [step.name if (step := row.steps[k]) else None for row in rows]
        pattern = _pattern(names, columns) if None not in names else None
        if pattern is None:
            return None
        named.append(pattern)
    if not columns or len(columns) > 3:
        return None
    return named, [("int", tuple(map(str, column))) for column in columns]


def _pattern(names: Sequence[str | None], columns: list[list[int]]) -> Pattern | None:
    split = [NUMBERS.split(name or "") for name in names]
    if len({len(tokens) for tokens in split}) > 1:
        return None
    parts: list[str | tuple[int, int]] = []
    for at, tokens in enumerate(zip(*split, strict=True)):
        if len(set(tokens)) == 1:
            parts.append(tokens[0])
        elif at % 2 == 0 or any(str(int(token)) != token for token in tokens):
            return None
        else:
            parts.append(_column(columns, [int(token) for token in tokens]))
    return Pattern(_joined(parts))


def _column(columns: list[list[int]], values: list[int]) -> tuple[int, int]:
    """The column that the values are, up to an offset; a new one if there is none."""
    for index, column in enumerate(columns):
        offset = values[0] - column[0]
        if [value + offset for value in column] == values:
            return index, offset
    columns.append(values)
    return len(columns) - 1, 0


def _joined(parts: list[str | tuple[int, int]]) -> tuple[str | tuple[int, int], ...]:
    out: list[str | tuple[int, int]] = []
    for part in parts:
        last = out[-1] if out else None
        if isinstance(part, str) and isinstance(last, str):
            out[-1] = last + part
        elif part != "":
            out.append(part)
    return tuple(out)
