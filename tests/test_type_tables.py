"""What a layer is, says the layer: no file outside caffe2torch/layers lists types by their role."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from caffe2torch import layers
from tests.house import PACKAGE

TYPES = {name for layer in layers.every() for name in (layer.type, *layer.aliases)}
MOST = 1
"""Type names in one literal or condition: a rule about one type may name it."""

ALLOWED = {
    "format/upgrade/v0.py": "the names that layers had in the format before V1",
    "format/upgrade/v1.py": "the numbers that types had in the V1 format",
    "convert/torchvision_names.py": "the modules of torchvision's VGG nets, in their order",
    "train/net_log.py": "the lines that Caffe's own source files log, by file and line",
    "pycaffe/coord_map.py": "Caffe's python/caffe/coord_map.py knows these types and no others",
    "pycaffe/draw.py": "Caffe's python/caffe/draw.py has its own colours and labels by type",
    "pycaffe/assembly.py": "one class of pycaffe's own runs each of these types",
}
"""Files that name several types in one place, and why no role says the same."""


def names(nodes: list[ast.expr | None]) -> set[str]:
    """Layer types among constants; a text of several words counts for each of them."""
    texts = [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return TYPES & set(texts)


def compared(node: ast.BoolOp) -> set[str]:
    """Layer types that the parts of a condition compare with."""
    return {
        name
        for part in node.values
        if isinstance(part, ast.Compare)
        for name in names([part.left, *part.comparators])
    }


def listed(tree: ast.AST) -> Iterator[tuple[int, set[str]]]:
    """Yield line and types of each literal, condition, pattern or split text that names types."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            yield node.lineno, names(list(node.elts))
        elif isinstance(node, ast.Dict):
            yield node.lineno, names(list(node.keys))
            yield node.lineno, names(list(node.values))
        elif isinstance(node, ast.BoolOp):
            yield node.lineno, compared(node)
        elif isinstance(node, ast.MatchOr):
            yield node.lineno, names([getattr(p, "value", None) for p in node.patterns])
        elif isinstance(node, ast.Attribute) and node.attr == "split":
            text = node.value.value if isinstance(node.value, ast.Constant) else ""
            yield node.lineno, TYPES & set(str(text).split())


def tables(tree: ast.AST) -> list[str]:
    return [f"line {line}: {sorted(found)}" for line, found in listed(tree) if len(found) > MOST]


FILES = [
    path.relative_to(PACKAGE).as_posix()
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.relative_to(PACKAGE).parts[0] != "layers"
]


def test_no_file_lists_types_by_their_role() -> None:
    found = {
        name: where
        for name in FILES
        if name not in ALLOWED
        and (where := tables(ast.parse((PACKAGE / name).read_text(encoding="utf-8"))))
    }
    assert found == {}


@pytest.mark.parametrize("name", ALLOWED)
def test_an_exception_is_still_needed(name: str) -> None:
    assert tables(ast.parse((PACKAGE / Path(name)).read_text(encoding="utf-8"))), ALLOWED[name]


@pytest.mark.parametrize(
    "source",
    [
        'X = frozenset({"ReLU", "PReLU"})',
        'if node.type in ("Data", "ImageData"): pass',
        'F = {"Data": "data_param", "ImageData": "image_data_param"}',
        'F = {"a": "Convolution", "b": "InnerProduct"}',
        'x = t == "Sigmoid" or t == "TanH"',
        'X = "BatchNorm MVN".split()',
        'match t:\n    case "Scale" | "Bias": pass',
    ],
)
def test_tables_are_seen(source: str) -> None:
    assert tables(ast.parse(source))


@pytest.mark.parametrize(
    "source",
    ['if t == "Dropout": pass', 'X = ("ReLU", "a word")', 'a = t == "Data" and u == "LMDB"'],
)
def test_one_type_may_be_named(source: str) -> None:
    assert not tables(ast.parse(source))
