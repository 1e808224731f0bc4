"""The plan of the package as data: its parts in order, and which module imports which."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import caffe2torch

PACKAGE = Path(caffe2torch.__file__).parent

# In the order of the house: a part imports only parts of earlier rows. Parts that share a row
# stand side by side, and none of them imports another.
ROWS = (
    ("terminal",), ("errors",), ("registry", "inputs", "lock"),
    ("atomic", "outputs"), ("fork_proto", "user_cache"),
    ("caffe_pb2",), ("format",), ("fillers", "moments", "weights", "data"), ("layers",), ("graph",),
    ("config",), ("module",),
    ("lint", "train", "draw", "inspect"), ("convert",),
    ("cv2", "engines", "health", "predict", "report"), ("pycaffe",),
    ("commands",), ("cli",), ("__main__",),
)  # fmt: skip
# Parts of one row of which one builds on the other, the reason beside.
BESIDE = {
    ("moments", "fillers"),  # the spread of weights comes from their filler
    ("data", "weights"),  # mean files are blobs
    ("data", "fillers"),  # DummyData fills its tops
    ("report", "health"),  # a report shows what the monitor wrote
}


def modules(package: Path = PACKAGE) -> dict[str, Path]:
    """Dotted name -> file of each module of the package."""
    named = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        named[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return named


def part_of(module: str) -> str:
    """The part that a module belongs to, "" for the package itself."""
    return module.partition(".")[2].partition(".")[0]


def imports(module: str, path: Path, known: Mapping[str, Path]) -> Iterator[tuple[str, bool]]:
    """Each module of the package that a file names, and whether that happens at import.

    Imports inside functions and under TYPE_CHECKING count as well; they do not happen at import.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    deferred = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("caffe2torch"):
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield (full if full in known else str(node.module)), id(node) not in deferred
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("caffe2torch"):
                    yield alias.name, id(node) not in deferred


def circles(arrows: Mapping[str, set[str]]) -> list[list[str]]:
    """The sets of modules that import each other, directly or around (Tarjan, 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    result: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in sorted(arrows.get(node, ())):
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            members = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(members) > 1:
                result.append(sorted(members))

    for node in sorted(arrows):
        if node not in index:
            visit(node)
    return result
