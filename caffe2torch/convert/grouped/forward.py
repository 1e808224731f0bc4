"""The lines of a `forward`: calls inside calls while they stay short, variables where not."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass, field

from caffe2torch.convert.grouped.body import Body, Part
from caffe2torch.convert.grouped.wrapping import WIDTH
from caffe2torch.layers.code import quoted
from caffe2torch.module.names import Either, identifier, reference

RESERVED = frozenset({"self", "torch", "nn", "F", "named"})
DEEPEST = 3
"""How many calls may stand inside each other on one line."""

HOLE = re.compile(r"\{(self|bottoms|\d+)\}")


@dataclass
class _Pending:
    """An expression that has not been written yet: it may still go inside another."""

    value: int
    text: str
    depth: int
    reads: tuple[int, ...]
    wide: bool


@dataclass
class Writer:
    """Writes the statements of one forward.

    room:      columns left of the statements
    streaming: the variable for values that the next line takes up at once
    arguments: names of the values that come in, in order
    left:      how often each value is still read
    live:      names whose values are still read -> how many such values have them
    """

    body: Body
    room: int = 8
    streaming: str = "x"
    lines: list[str] = field(default_factory=list)
    pending: list[_Pending] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    left: dict[int, int] = field(default_factory=dict)
    live: Counter[str] = field(default_factory=Counter)
    arguments: list[str] = field(default_factory=list)

    def write(self) -> list[str]:
        """The statements, the return included."""
        self.left = self.body.readers()
        for value in self.body.inputs:
            self.left[value] = self.left.get(value, 0) + 1
            self._bind(value, self._name(value))
        for value in self.body.inputs:
            self._read(value)
        self.arguments = [self.names[value] for value in self.body.inputs]
        for part in self.body.parts:
            self._part(part)
        self._return()
        return self.lines

    def _part(self, part: Part) -> None:
        inner = self._taken(part.reads)
        text = self._text(part, inner)
        if inner and len(text) > self._room(part, inner):
            self._flush(part.reads)
            inner, text = [], self._text(part, [])
        reads = tuple(v for p in inner for v in p.reads)
        reads += tuple(v for v in part.reads if v not in {p.value for p in inner})
        del self.pending[len(self.pending) - len(inner) :]
        if len(part.writes) != 1:
            self._flush(())
            self._statement(text, part.writes, reads)
            return
        depth = max((p.depth for p in inner), default=0) + bool(part.attr)
        wide = len(inner) > 1 or any(p.wide for p in inner)
        self.pending.append(_Pending(part.writes[0], text, depth, reads, wide))
        if self.left.get(part.writes[0], 0) != 1:
            self._flush(())

    def _room(self, part: Part, inner: list[_Pending]) -> int:
        """How long an expression may get: calls of several branches may go over lines."""
        if max(p.depth for p in inner) >= DEEPEST:
            return 0
        if any(p.wide for p in inner):
            return WIDTH // 2
        return 240 if len(inner) > 1 and part.call.endswith(")") else WIDTH - self.room - 12

    def _taken(self, reads: tuple[int, ...]) -> list[_Pending]:
        """The pending expressions that may go inside one that reads these values.

        They must be the last ones, in the order in which they are read, so that nothing is
        computed in another order than the net's; otherwise all are written first.
        """
        held = [p.value for p in self.pending]
        wanted = [v for v in reads if v in held]
        if wanted != held[len(held) - len(wanted) :]:
            self._flush(reads)
            return []
        return self.pending[len(held) - len(wanted) :]

    def _text(self, part: Part, inner: list[_Pending]) -> str:
        texts = {p.value: p.text for p in inner}
        arguments = [texts.get(v) or self.names.get(v, "?") for v in part.reads]
        if part.flatten:
            arguments[0] = f"{_atom(arguments[0])}.flatten({part.flatten})"
        return filled(part.call, reference(part.attr) if part.attr else "", arguments)

    def _flush(self, soon: tuple[int, ...]) -> None:
        """Write all pending expressions; `soon` are the values that the next line reads."""
        for p in self.pending:
            last = p is self.pending[-1]
            streams = last and p.value in soon and self.left.get(p.value, 0) == 1
            self._statement(p.text, (p.value,), p.reads, streams)
        self.pending = []

    def _statement(
        self, text: str, writes: tuple[int, ...], reads: tuple[int, ...], streams: bool = False
    ) -> None:
        for value in reads:
            self._read(value)
        for value in writes:
            self._bind(value, self._name(value, streams))
        targets = ", ".join(self.names[value] for value in writes)
        self.lines.append(f"{targets} = {text}" if targets else text)

    def _name(self, value: int, streams: bool = False) -> str:
        """A variable for a value: a new one, or one whose value nothing reads any more."""
        if streams and self.streaming not in self.live:
            return self.streaming
        return identifier(self.body.names[value], Either(RESERVED, self.body.functions, self.live))

    def _bind(self, value: int, name: str) -> None:
        """Give a value its name."""
        self.names[value] = name
        self.live[name] += self.left.get(value, 0) > 0
        self._forget_unused(name)

    def _read(self, value: int) -> None:
        """Note that a value was read once more, and that its name is free after the last time."""
        self.left[value] -= 1
        if self.left[value] == 0 and value in self.names:
            self.live[self.names[value]] -= 1
            self._forget_unused(self.names[value])

    def _forget_unused(self, name: str) -> None:
        if not self.live[name]:
            del self.live[name]

    def _return(self) -> None:
        values = tuple(self.body.outputs.values())
        inner = self._taken(values)
        longest = WIDTH // len(values) - 10 if self.body.as_tuple else WIDTH * 3 // 5
        if len(values) > 1 and any(len(p.text) > longest for p in inner):
            self._flush(())
            inner = []
        texts = {p.value: p.text for p in inner}
        del self.pending[len(self.pending) - len(inner) :]
        self._flush(())
        results = [texts.get(v) or self.names[v] for v in values]
        if len(results) == 1:
            self.lines.append(f"return {results[0]}")
            return
        if self.body.as_tuple:
            self.lines.append(f"return {', '.join(results)}")
            return
        pairs = zip(self.body.outputs, results, strict=True)
        self.lines.append(
            "return {" + ", ".join(f"{quoted(blob)}: {text}" for blob, text in pairs) + "}"
        )


def filled(call: str, module: str, arguments: list[str]) -> str:
    """A call template with its holes filled; operands get parentheses where they need them."""
    call = call if arguments else call.replace("{bottoms}, ", "")

    def fill(match: re.Match[str]) -> str:
        hole = match[1]
        if hole == "self":
            return module
        if hole == "bottoms":
            return ", ".join(arguments)
        text = arguments[int(hole)]
        before, after = call[: match.start()], call[match.end() :]
        bounded = (not before or before.endswith(("(", ", "))) and (
            not after or after.startswith((")", ", "))
        )
        return text if bounded else _atom(text)

    text = HOLE.sub(fill, call)
    return text.replace("{{", "{").replace("}}", "}")


def _atom(text: str) -> str:
    """An expression in parentheses, unless it is a name, a call, or the like."""
    tree = ast.parse(text, mode="eval").body
    simple = ast.Call | ast.Name | ast.Attribute | ast.Subscript | ast.Tuple | ast.Constant
    return text if isinstance(tree, simple) else f"({text})"
