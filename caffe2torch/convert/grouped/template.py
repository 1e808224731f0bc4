"""A repeated block as a class: what is the same in all, and what each one gives by itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from caffe2torch.convert.grouped.attributes import of_patterns
from caffe2torch.convert.grouped.blocks import Block
from caffe2torch.convert.grouped.calls import (
    Call,
    Key,
    as_template,
    defaults,
    parse_call,
    parse_function_call,
)
from caffe2torch.convert.grouped.layer_names import Pattern, suffixes
from caffe2torch.convert.grouped.patterns import Column, patterns
from caffe2torch.convert.grouped.shortcuts import Row, missing
from caffe2torch.convert.grouped.steps import Step
from caffe2torch.module.names import identifier

COUNTS = ("inputs", "outputs", "channels", "value")
"""Roles of arguments that each block says for itself."""


@dataclass
class Param:
    """An argument of the class: its values by block, as source; `default` is left out.

    kept: `forward` needs it too
    """

    name: str
    type: str
    values: list[str | None]
    default: str = ""
    role: str = ""
    kept: bool = False


@dataclass
class Template:
    """A class for several blocks.

    steps:   of the fullest block;  names: theirs in all blocks;  suffixes: what tells them apart
    inits, calls: source of each step's constructor, and its call, in terms of the params
    optional: indices of the steps that some blocks do not have, and `flag`, the param for it
    """

    blocks: list[Block]
    steps: tuple[Step, ...]
    names: list[Pattern]
    suffixes: list[str]
    inits: list[str]
    calls: list[str]
    params: list[Param]
    holes: list[str]
    optional: list[int] = field(default_factory=list)
    flag: str = ""
    rows: list[Row] = field(default_factory=list)

    @property
    def attributes(self) -> list[str]:
        """What the submodules of the steps are called."""
        return of_patterns(self.names, self.inits)

    def arguments(self, index: int) -> str:
        """What the index-th block passes to the class."""
        texts = []
        for param in self.params:
            value = param.values[index] or param.default
            if not param.default:
                texts.append(value)
            elif value != param.default:
                texts.append(f"{param.name}={value}")
        return ", ".join(texts)


def template(rows: Sequence[Row], channels: Sequence[int]) -> Template | None:
    """The class of blocks of one kind; None if their names have no pattern.

    channels: of each block's output
    """
    named = patterns(rows)
    if not named:
        return None
    names, columns = named
    holes = _hole_names(columns)
    steps = rows[0].block.steps
    unified = _Unified(rows, suffixes(names), set(holes) | {"self", "x", "nn", "torch", "F"})
    unified.known([str(count) for count in channels], "outputs")
    inits = [unified.init(k) for k in range(len(steps))]
    calls = [unified.call(k) for k in range(len(steps))]
    shape = Template(
        [row.block for row in rows],
        steps,
        names,
        suffixes(names),
        inits,
        calls,
        [],
        holes,
        missing(rows),
        rows=list(rows),
    )
    flags = []
    if shape.optional:
        shape.flag = identifier(f"with_{shape.suffixes[shape.optional[0]]}", unified.taken)
        flags = [_flag(shape, rows)]
    shape.params = [*unified.ordered(), *flags]
    return shape


def _flag(shape: Template, rows: Sequence[Row]) -> Param:
    values: list[str | None] = [str(None not in row.steps) for row in rows]
    return Param(shape.flag, "bool", values, max(("False", "True"), key=values.count))


def _hole_names(columns: list[Column]) -> list[str]:
    if len(columns) == 1 and columns[0][0] == "str" and not columns[0][1][0][1:2].isdigit():
        return ["name"]
    return ["n", "i", "j", "k", "m"][: len(columns)]


@dataclass
class _Unified:
    """Params for the constants in which blocks differ; equal columns of values are one param."""

    rows: Sequence[Row]
    suffixes: list[str]
    taken: set[str]
    params: list[Param] = field(default_factory=list)
    unused: list[Param] = field(default_factory=list)

    def known(self, values: list[str], name: str) -> None:
        """A name for a column, if it turns up."""
        if len(set(values)) > 1:
            self.unused.append(Param(name, "int", list(values)))

    def init(self, k: int) -> str:
        """The k-th step's constructor."""
        parsed = [parse_call(step.init) if step and step.init else None for step in self._column(k)]
        step = self.rows[0].steps[k]
        assert step is not None
        return parsed[0].source(self._texts(parsed, k)) if parsed[0] else step.init

    def call(self, k: int) -> str:
        """The k-th step's call, with the params that it needs taken from `self`."""
        step = self.rows[0].steps[k]
        assert step is not None
        parsed = [
            parse_function_call(one.call) if one and not one.init else None
            for one in self._column(k)
        ]
        if parsed[0] is None:
            return step.call
        return as_template(parsed[0].source(self._texts(parsed, k, owner="self.")))

    def _texts(self, parsed: Sequence[Call | None], k: int, owner: str = "") -> dict[Key, str]:
        """The arguments of one step's call: constants, and params where they differ."""
        texts: dict[Key, str] = {}
        known = [one for one in parsed if one]
        for key in _keys(known):
            values = [_value(one, key) if one else None for one in parsed]
            given = {value for value in values if value is not None}
            if len(given) == 1:
                texts[key] = given.pop()
            else:
                param = self._param(known[0], key, k, values)
                param.kept = param.kept or bool(owner)
                texts[key] = owner + param.name
        return texts

    def _column(self, k: int) -> list[Step | None]:
        return [row.steps[k] for row in self.rows]

    def _param(self, parsed: Call, key: Key, k: int, values: list[str | None]) -> Param:
        step, role = self.rows[0].steps[k], parsed.role(key)
        for param in self.params:
            counts = role in COUNTS and param.role in COUNTS
            if (counts or param.role == role) and _agree(param.values, values):
                pairs = zip(param.values, values, strict=True)
                param.values = [value if known is None else known for known, value in pairs]
                return param
        assert step is not None
        reads_input = step.reads[:1] == self.rows[0].block.reads[:1]
        known = next((p for p in self.unused if _agree(p.values, values)), None)
        name = _name(role, self.suffixes[k], reads_input, known, self.taken)
        self.taken.add(name)
        values = list(known.values) if known else values
        param = Param(name, "", values, "" if role in COUNTS else "any", role)
        self.params.append(param)
        return param

    def ordered(self) -> list[Param]:
        """The params, those with defaults last."""
        places = {"inputs": 0, "outputs": 1}
        params = map(_finished, self.params)
        return sorted(params, key=lambda p: (bool(p.default), places.get(p.name, 2)))


def _agree(one: Sequence[str | None], other: Sequence[str | None]) -> bool:
    return all(a is None or b is None or a == b for a, b in zip(one, other, strict=True))


def _keys(calls: list[Call]) -> list[Key]:
    keys: dict[Key, None] = {}
    for parsed in calls:
        keys.update(dict.fromkeys(key for key, _ in parsed.arguments))
    order = list(defaults(calls[0].function))
    return sorted(keys, key=lambda key: key if isinstance(key, int) else 99 + _place(order, key))


def _place(order: list[str], key: str) -> int:
    return order.index(key) if key in order else len(order)


def _value(parsed: Call, key: Key) -> str:
    default = defaults(parsed.function).get(key, "None") if isinstance(key, str) else "None"
    return dict(parsed.arguments).get(key, default)


def _name(role: str, suffix: str, reads_input: bool, known: Param | None, taken: set[str]) -> str:
    if role == "inputs" and reads_input:
        return identifier("inputs", taken)
    if known and known.name not in taken:
        return known.name
    if role in COUNTS:
        return identifier(re.sub(r"_?(conv|ip)$", "", suffix) or "outputs", taken, "n")
    return identifier(role if role not in taken else f"{suffix}_{role}", taken, "n")


def _finished(param: Param) -> Param:
    """A param with its type, and its commonest value as default unless it counts channels."""
    given = [value for value in param.values if value is not None]
    kinds = {type(ast.literal_eval(value)).__name__ if _plain(value) else "" for value in given}
    kind = kinds.pop() if len(kinds) == 1 else "float" if kinds == {"int", "float"} else "object"
    if kind == "tuple" and all(re.fullmatch(r"\(\d+, \d+\)", value) for value in given):
        kind = "tuple[int, int]"
    param.type = kind or "object"
    common = max(map(given.count, given)) > 1
    if (param.default and common) or len(given) < len(param.values):
        param.default = max(sorted(set(given)), key=given.count)
    else:
        param.default = ""
    return param


def _plain(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return False
    return True
