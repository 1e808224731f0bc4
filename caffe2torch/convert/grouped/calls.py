"""Constructor calls taken apart: `nn.Conv2d(3, 8, 3, padding=1)` is a maker and its constants."""

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
class Maker:
    """A constructor call: what is called, and source texts of its arguments."""

    function: str
    slots: tuple[tuple[Key, str], ...]

    @property
    def kind(self) -> tuple[object, ...]:
        """What two calls must have equal to be one with other constants.

        Only torch's own arguments may be left out, since their defaults are known.
        """
        positions = sum(isinstance(key, int) for key, _ in self.slots)
        named = () if self.function.startswith("nn.") else tuple(k for k, _ in self.slots)
        holes = tuple(text for _, text in self.slots if re.fullmatch(r"_(\d+|bottoms)", text))
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

    def written(self, values: Mapping[Key, str]) -> str:
        """The call as source, with these texts for its arguments; defaults are left out."""
        default = defaults(self.function)
        items = [text for key, text in values.items() if isinstance(key, int)]
        named = {key: text for key, text in values.items() if isinstance(key, str)}
        items += [f"{key}={text}" for key, text in named.items() if default.get(key) != text]
        return f"{self.function}({', '.join(items)})"


HOLE = re.compile(r"\{(\d+|bottoms)\}")


@cache
def called(call: str) -> Maker | None:
    """A call template of a plain function, with its values as _0, _1 or _bottoms; else None."""
    text = HOLE.sub(r"_\1", call)
    made = maker(text) if re.match(r"[a-z]\w*\(", text) and "{" not in text else None
    return made if made and any(isinstance(key, str) for key, _ in made.slots) else None


def template(text: str) -> str:
    """The call template that `called` was made from, with other constants."""
    return re.sub(r"\b_(\d+|bottoms)\b", r"{\1}", text)


@cache
def maker(init: str) -> Maker | None:
    """The call that `init` is, None if it is anything else."""
    tree = ast.parse(init, mode="eval").body
    if not isinstance(tree, ast.Call) or any(k.arg is None for k in tree.keywords):
        return None
    if any(isinstance(argument, ast.Starred) for argument in tree.args):
        return None
    slots: list[tuple[Key, str]] = [
        (i, _text(init, argument)) for i, argument in enumerate(tree.args)
    ]
    slots += [(str(k.arg), _text(init, k.value)) for k in tree.keywords]
    return Maker(ast.unparse(tree.func), tuple(slots))


def _text(source: str, node: ast.expr) -> str:
    return ast.get_source_segment(source, node) or ast.unparse(node)


@cache
def defaults(function: str) -> Mapping[str, str]:
    """Keyword -> source text of its default, of a class in torch.nn; empty for others."""
    if not function.startswith("nn."):
        return {}
    from torch import nn

    found: Any = inspect.signature(getattr(nn, function[3:])).parameters.values()
    return {p.name: repr(p.default) for p in found if p.default is not p.empty}
