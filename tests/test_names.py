"""Bindings are called after what they hold: never found, made, said, own, told or grave."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import modules, part_of

SAYS_NOTHING = {"found", "made", "said", "own", "told", "grave"}


def bindings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of all that a module binds: variables, attributes, arguments, functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.alias) and node.asname:
            yield 0, node.asname
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.lineno, node.name


def says_nothing(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        f"{path.name}:{line}: {name}"
        for line, name in bindings(tree)
        if name.strip("_").lower() in SAYS_NOTHING
    ]


@pytest.mark.parametrize(
    "part", sorted({part_of(module) for module in modules()} - {"", "caffe_pb2"})
)
def test_no_name_says_nothing(part: str) -> None:
    paths = [path for module, path in modules().items() if part_of(module) == part]
    assert paths
    assert [line for path in paths for line in says_nothing(path)] == []


def test_every_kind_of_binding_is_seen() -> None:
    source = """
import x as found
made: int = 1
for said, (own, *told) in y: pass
def grave(found, *made, said=1, **own): self._told = grave = 2
class own: pass
try: pass
except E as made: pass
with y as said: pass
z = [found for found in y if (told := found)]
"""
    names = [
        name for _, name in bindings(ast.parse(source)) if name.strip("_").lower() in SAYS_NOTHING
    ]
    assert sorted(names) == sorted(
        ["found", "made", "said", "own", "told", "grave", "found", "made", "said", "own", "_told",
         "grave", "own", "made", "said", "found", "told"]
    )  # fmt: skip
