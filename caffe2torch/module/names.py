"""Names out of a net as Python has them: identifiers, submodules, classes, comments.

Names of a net enter source only through `identifier()` and `quoted()`.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Container, Iterable
from functools import cache

from caffe2torch.graph.model import Graph
from caffe2torch.layers.code import quoted


def identifier(name: str, taken: Container[str] = (), fallback: str = "x") -> str:
    """A Python identifier made from any string, different from all that are `taken`."""
    plain = re.sub(r"\W", "_", name, flags=re.ASCII).strip()
    if not plain.strip("_"):
        plain = fallback
    if plain[0].isdigit():
        plain = f"{fallback}{plain}"
    if plain.startswith("__"):  # Python puts a class's name in front of such a one
        plain = f"_{plain.lstrip('_')}"
    if keyword.iskeyword(plain) or keyword.issoftkeyword(plain):
        plain += "_"
    unique, n = plain, 1
    while unique in taken:
        n += 1
        unique = f"{plain}_{n}"
    return unique


class Either:
    """What is in one of several sets, which are not copied: they are large, and asked often."""

    def __init__(self, *sets: Container[str]) -> None:
        self._sets = sets

    def __contains__(self, name: object) -> bool:
        return any(name in one for one in self._sets)


class Names:
    """Names that are given once each; one that comes again gets a number.

    It goes on from the last number of a name, since all blobs of a net of 1 MB, 60,000 of them,
    may have names that Python writes alike.
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._last: dict[str, int] = {}

    def take(self, plain: str) -> str:
        """The name, or the name with the first number that nobody has."""
        unique, n = plain, self._last.get(plain, 1)
        while unique in self._taken:
            n += 1
            unique = f"{plain}_{n}"
        self._last[plain] = n
        self._taken.add(unique)
        return unique


@cache
def module_attributes() -> frozenset[str]:
    """Names that nn.Module itself uses."""
    from torch import nn

    return frozenset(dir(nn.Module())) | set(nn.Module().__dict__)


def module_names(graph: Graph) -> list[str]:
    """The name of each node's submodule: the layer's own, changed only where torch forbids it.

    torch refuses "" and names with a dot, and names that nn.Module itself uses ("forward");
    a second layer of the same name gets a number.
    """
    names = Names()
    plain = (node.name.replace(".", "_") or "layer" for node in graph.nodes)
    return [names.take(f"{p}_" if p in module_attributes() else p) for p in plain]


def is_attribute(name: str) -> bool:
    """Whether `self.name` can be written; two underscores in front would be mangled."""
    plain = name.isidentifier() and name.isascii() and not keyword.iskeyword(name)
    return plain and not name.startswith("__")


def reference(name: str, owner: str = "self") -> str:
    """Expression for the submodule called `name`."""
    if is_attribute(name):
        return f"{owner}.{name}"
    return f"getattr({owner}, {quoted(name)})"


def assign(name: str, value: str) -> str:
    """The line of __init__ that makes `value` the submodule called `name`."""
    if is_attribute(name):
        return f"self.{name} = {value}"
    return f"self.add_module({quoted(name)}, {value})"


def class_name(graph: Graph) -> str:
    """The class name of the emitted module: the net's name, capitalised.

    Helpers are called Caffe..., Op or in lower case, so "Net" in front keeps clear of them.
    """
    plain = identifier(graph.name, fallback="Net")
    plain = plain[0].upper() + plain[1:]
    taken = plain.startswith(("Caffe", "_")) or plain in ("Op", "F", "Any", "Callable")
    return f"Net{plain}" if taken else plain


def bare(text: str) -> str:
    """A name for a docstring or comment: what could end one is a question mark."""
    return re.sub(r"[^ -~]|[\\\"]", "?", text)
