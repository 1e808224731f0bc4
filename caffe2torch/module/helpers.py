"""Functions and classes that emitted source needs, found from its syntax tree.

The expressions that a layer declares name functions and classes of its file, or of files that it
imports from, and these name others. Their text is copied into the emitted file, each behind those
that it needs.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import re
import symtable
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from types import FunctionType, ModuleType

from caffe2torch.layers.base import Layer
from caffe2torch.layers.code import Code

Helper = FunctionType | type
STANDARD = (
    ("OrderedDict", "from collections import OrderedDict"),
    ("Callable", "from collections.abc import Callable"),
    ("Any", "from typing import Any"),
)
TORCH = (
    ("torch", "import torch"),
    ("F", "import torch.nn.functional as F"),
    ("nn", "from torch import nn"),
)
"""Name -> the line that imports it into emitted source."""
SLOT = re.compile(r"(?<!\{)\{(?:self|after|bottoms|\d+)\}")
"""What stands for a submodule or a bottom in a layer's expressions."""
GIVEN = frozenset({"_", "torch", "nn", "F", "g", "b", "t", "x", "n", *vars(builtins)})
"""Names that expressions use without a definition: torch, and what a late gradient is made of."""


def code_helpers(code: Code, file: ModuleType) -> list[Helper]:
    """The helpers of a layer's code, which was written in `file`."""
    return helpers_of([code.init, SLOT.sub("_", code.call)], file)


def file_of(layer: Layer) -> ModuleType:
    """The file in which a layer's code is written."""
    return sys.modules[layer.home()]


def helpers_of(expressions: Iterable[str], file: ModuleType) -> list[Helper]:
    """What expressions written in `file` need, each behind those that it needs itself."""
    ordered: dict[Helper, None] = {}
    visible = _visible(file)
    for expression in expressions:
        names = free_names(expression.replace("{{", "{").replace("}}", "}"))
        unknown = [name for name in names if name not in visible and name not in GIVEN]
        if unknown:
            raise NameError(f"{file.__name__} names {unknown[0]} in its source; import it there")
        named = [visible[name] for name in names if name in visible]
        for helper in named:
            _add_needed(helper, ordered)
        ordered |= dict.fromkeys(named)
    return list(ordered)


def _add_needed(helper: Helper, ordered: dict[Helper, None]) -> None:
    for other in _needed(helper):
        if other not in ordered:
            _add_needed(other, ordered)
            ordered[other] = None


@cache
def _needed(helper: Helper) -> tuple[Helper, ...]:
    """The helpers that one names itself, in the order of its text."""
    namespace = vars(sys.modules[helper.__module__])
    names = [name for name in free_names(helper_source(helper)) if name != helper.__name__]
    values = [namespace.get(name) for name in names]
    return tuple(
        value for value in values if value is not None and _is_helper(value, helper.__module__)
    )


@cache
def _visible(file: ModuleType) -> Mapping[str, Helper]:
    """Name -> helper of a file, of those that it imports from, and so on; the nearest wins."""
    names: dict[str, Helper] = {}
    files = [file]
    for module in files:
        for name, value in vars(module).items():
            if _is_helper(value, file.__name__):
                names.setdefault(name, value)
                home = sys.modules[value.__module__]
                if home not in files:
                    files.append(home)
    return names


def _is_helper(value: object, module: str) -> bool:
    """Whether a value is a function or class of the package of `module`, or of this one."""
    if not isinstance(value, (FunctionType, type)):
        return False
    homes = {module.partition(".")[0], __name__.partition(".")[0]}
    return value.__module__.partition(".")[0] in homes


@lru_cache(4096)
def free_names(source: str) -> tuple[str, ...]:
    """Names that a text of Python reads from around it, in the order of the text."""
    if not source:
        return ()
    free = set(_free(symtable.symtable(source, "helper", "exec")))
    names = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)]
    names.sort(key=lambda node: (node.lineno, node.col_offset))
    return tuple(dict.fromkeys(node.id for node in names if node.id in free))


def _free(table: symtable.SymbolTable) -> Iterator[str]:
    for symbol in table.get_symbols():
        if symbol.is_global() and symbol.is_referenced():
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _free(inner)


def helper_source(helper: Helper) -> str:
    """The text of a helper."""
    return inspect.getsource(helper).rstrip() + "\n"


def import_lines(body: str) -> str:
    """The import lines for the names that a text of emitted source uses."""
    standard = [line for name, line in STANDARD if re.search(rf"\b{name}\b", body)]
    used = [line for name, line in TORCH if re.search(rf"\b{name}\.", body)]
    return "\n".join([*standard, *([""] if standard else []), *used]) + "\n"
