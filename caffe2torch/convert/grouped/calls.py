"""Calls taken apart: `nn.Conv2d(3, 8, 3, padding=1)` is a function and its arguments."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

Key = int | str
"""A positional argument's index, or a keyword."""

CHANNELS = ("Conv1d", "Conv2d", "Conv3d", "ConvTranspose2d", "Linear")


@dataclass(frozen=True)
class Call:
    """A call of a constructor or function, and the source texts of its arguments."""

    function: str
    arguments: tuple[tuple[Key, str], ...]

    @property
    def kind(self) -> tuple[object, ...]:
        """What two calls must have equal to be one with other constants.

        Only torch's own arguments may be left out, since their defaults are known.
        """
        positions = sum(isinstance(key, int) for key, _ in self.arguments)
        named = () if self.function.startswith("nn.") else tuple(k for k, _ in self.arguments)
        holes = tuple(text for _, text in self.arguments if re.fullmatch(r"_(\d+|bottoms)", text))
        return self.function, positions, named, holes

    def role(self, key: Key) -> str:
        """What an argument says: "inputs", "outputs", "kernel", or its keyword."""
        kind = self.function.removeprefix("nn.")
        if isinstance(key, str):
            return key
        if kind in CHANNELS:
            return ("inputs", "outputs", "kernel")[key]
        if kind.endswith("Pool2d"):
            return "kernel"
        if kind.startswith("BatchNorm") or kind == "PReLU":
            return "channels"
        return "value"

    def source(self, values: Mapping[Key, str]) -> str:
        """The call as source, with these texts for its arguments; defaults are left out."""
        default = defaults(self.function)
        items = [text for key, text in values.items() if isinstance(key, int)]
        named = {key: text for key, text in values.items() if isinstance(key, str)}
        items += [f"{key}={text}" for key, text in named.items() if default.get(key) != text]
        return f"{self.function}({', '.join(items)})"


HOLE = re.compile(r"\{(\d+|bottoms)\}")


@cache
def parse_function_call(call: str) -> Call | None:
    """A call template of a plain function, with its values as _0, _1 or _bottoms; else None."""
    text = HOLE.sub(r"_\1", call)
    parsed = parse_call(text) if re.match(r"[a-z]\w*\(", text) and "{" not in text else None
    return parsed if parsed and any(isinstance(key, str) for key, _ in parsed.arguments) else None


def as_template(text: str) -> str:
    """The call template that `parse_function_call` took apart, with other constants."""
    return re.sub(r"\b_(\d+|bottoms)\b", r"{\1}", text)


@cache
def parse_call(init: str) -> Call | None:
    """The call that `init` is, None if it is anything else."""
    tree = ast.parse(init, mode="eval").body
    if not isinstance(tree, ast.Call) or any(k.arg is None for k in tree.keywords):
        return None
    if any(isinstance(argument, ast.Starred) for argument in tree.args):
        return None
    arguments: list[tuple[Key, str]] = [
        (i, _text(init, argument)) for i, argument in enumerate(tree.args)
    ]
    arguments += [(str(k.arg), _text(init, k.value)) for k in tree.keywords]
    return Call(ast.unparse(tree.func), tuple(arguments))


def _text(source: str, node: ast.expr) -> str:
    return ast.get_source_segment(source, node) or ast.unparse(node)


@cache
def defaults(function: str) -> Mapping[str, str]:
    """Keyword -> source text of its default, of a class in torch.nn; empty for others."""
    if not function.startswith("nn."):
        return {}
    from torch import nn

    parameters: Any = inspect.signature(getattr(nn, function[3:])).parameters.values()
    return {p.name: repr(p.default) for p in parameters if p.default is not p.empty}
