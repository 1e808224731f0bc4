"""What submodules are called: of a layer's name, what the group around it does not say already."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence

from caffe2torch.convert.grouped.layer_names import Pattern
from caffe2torch.module.names import Either, identifier, module_attributes

SEQUENTIAL = frozenset({"append", "extend", "insert", "pop", "flatten"})
"""Names that nn.Sequential itself uses, and that of the module that flattens."""
HOLE = "{i}"


def attribute(text: str, init: str, taken: Container[str]) -> str:
    """An attribute made from a text: with the module's kind in front where it begins with none.

    init: source of the module's constructor
    """
    plain = re.sub(r"[^\w{}]+|_+", "_", text, flags=re.ASCII)
    plain = re.sub(r"_+", "_", plain).strip("_")
    if not plain or not plain[0].isalpha():
        plain = "_".join(filter(None, (kind(init), plain)))
    if HOLE in plain:
        return plain
    return identifier(plain, Either(taken, module_attributes(), SEQUENTIAL), "layer")


def kind(init: str) -> str:
    """What a module is, in one word: "conv" for nn.Conv2d(...)."""
    called = re.match(r"[\w.]*?(\w+)\(", init)
    return re.sub(r"\d+d$", "", called[1]).lower() if called else "layer"


def attributes(texts: Iterable[str], inits: Iterable[str], group: str = "") -> list[str]:
    """Attributes for the layers of a group, all different, without the group's own name."""
    names: list[str] = []
    taken: set[str] = set()
    for text, init in zip(texts, inits, strict=True):
        rest = text.removeprefix(group)
        apart = group and rest != text and not rest[:1].isalnum()
        names.append(attribute(rest if apart else text, init, taken))
        taken.add(names[-1])
    return names


def inside(group: str, names: Sequence[str], inits: Sequence[str]) -> list[str]:
    """The attributes of a group's layers, none of them called as the group itself."""
    taken = set(names)
    pairs = zip(names, inits, strict=True)
    return [attribute("", init, taken) if name == group else name for name, init in pairs]


def of_patterns(patterns: Sequence[Pattern], inits: Sequence[str]) -> list[str]:
    """Attributes for the layers of a repeated block: what stands behind the tag, if that is free.

    A second hole, the number of a repetition, stays as {i}.
    """
    names: list[str] = []
    for pattern, init in zip(patterns, inits, strict=True):
        whole, end = _texts(pattern)
        short = attribute(end, init, set()) if end else ""
        names.append(short if short and short not in names else attribute(whole, init, set(names)))
    return names


def _texts(pattern: Pattern) -> tuple[str, str]:
    """A pattern without its tag: all of it, and what stands behind the tag."""
    parts = [HOLE if part == (1, 0) else part for part in pattern.parts]
    tags = [k for k, part in enumerate(parts) if not isinstance(part, str)]
    words = [part for part in parts if isinstance(part, str)]
    behind = [part for part in parts[tags[-1] + 1 :] if isinstance(part, str)] if tags else words
    return "_".join(words), "_".join(behind).strip("_/-. ")
