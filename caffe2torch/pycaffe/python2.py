"""Programs of Python 2, rewritten in memory by fissix, the lib2to3 that is still kept.

fissix changes the language and leaves the values: numbers, their order, and text that is bytes
follow here.
"""

from __future__ import annotations

import ast
import linecache
import re
import sysconfig
import tokenize
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from caffe2torch import inputs
from caffe2torch.errors import ParseError, Span, UnsupportedError
from caffe2torch.pycaffe.old_arithmetic import COMPARISONS
from caffe2torch.pycaffe.old_text import METHODS

ARITHMETIC = "caffe2torch.pycaffe.old_arithmetic"
TEXT = "caffe2torch.pycaffe.old_text"
BUFFER = "_c2t_StringIO"
DIVIDE, DIVISOR, COMPARE = "_c2t_divide", "_c2t_Divisor", "_c2t_compare"
CALL, TEXT_OF, SORT = "_c2t_call", "_c2t_text", "_c2t_sort"
PACKAGES = {"site-packages", "dist-packages"}
FUTURE = r"^from\s+__future__\s+import\s+(\([^)]*\)|[^\n]*)"
TAB = 8
"""Columns to which a tab leads in Python 2."""


def read_program(script: str) -> str:
    """Return the text of a program. Raises: ParseError if it is none; what inputs.check raises."""
    try:
        inputs.check(script)
        with tokenize.open(inputs.place(script)) as file:
            return file.read()
    except (SyntaxError, UnicodeDecodeError) as error:
        raise ParseError(f"{script} cannot be read as text: {error}") from None


def not_parsed(error: SyntaxError, script: str) -> ParseError:
    """Return the error of a program that is no Python, with its place."""
    span = Span(script, error.lineno or 1, max(error.offset or 1, 1))
    return ParseError(f"the program does not parse: {error.msg}", span=span, hint="correct it")


def from_python2(text: str, script: str, inside: bool = False) -> str:
    """Return a program with its print statements, `except X, e` and the like as in Python 3.

    inside: it is a module of a package, whose imports look beside it first
    Raises: UnsupportedError without fissix; ParseError if it is no Python 2 either.
    """
    try:
        from fissix import refactor
    except ImportError:
        raise UnsupportedError(
            f"{script} cannot be rewritten: fissix is not installed",
            hint="pip install 'caffe2torch[py2]'",
        ) from None
    fixers = refactor.get_fixers_from_package("fissix.fixes")
    fixers.remove("fissix.fixes.fix_sorted")  # it takes the axis of an array's sort for a function
    if not inside:
        fixers.remove("fissix.fixes.fix_import")
    text = _without_tabs(text + ("" if text.endswith("\n") else "\n"))
    failure: Any = None
    for options in ({}, {"print_function": True}):
        tool = refactor.RefactoringTool(fixers, options)
        try:
            return str(tool.refactor_string(text, script))
        except Exception as error:  # noqa: BLE001  fissix raises several kinds of its own
            failure = error
    raise ParseError(f"{script} is Python neither of version 3 nor of version 2: {failure}")


def _without_tabs(text: str) -> str:
    """Indent by spaces, so that a mixture means what it meant to Python 2."""
    lines = []
    for line in text.splitlines(True):
        body = line.lstrip(" \t")
        lines.append(line[: len(line) - len(body)].expandtabs(TAB) + body)
    return "".join(lines)


def code_from_python2(text: str, script: str, inside: bool = False) -> CodeType:
    """Return the code of a program of Python 2, with the old arithmetic; tracebacks show it.

    inside: as in from_python2
    Raises: as from_python2; ParseError if it does not parse even then.
    """
    divides = _imports_division(text)
    text = from_python2(text, script, inside)
    linecache.cache[script] = (len(text), None, text.splitlines(True), script)
    try:
        tree = ast.parse(text, script)
    except SyntaxError as error:
        raise not_parsed(error, script) from None
    past = _OldMeaning(divides)
    tree = past.visit(tree)
    tree.body[_first_statement(tree) : 0] = past.imports()
    return compile(ast.fix_missing_locations(tree), script, "exec", dont_inherit=True)


def _import(module: str, **names: str) -> ast.stmt:
    return ast.ImportFrom(module, [ast.alias(*pair) for pair in names.items()], 0)


class _OldMeaning(ast.NodeTransformer):
    """Lets `/`, `<`, sort, open, str, StringIO, yaml.load and methods of text do what they did.

    divides: whether the program imports the present division itself
    """

    def __init__(self, divides: bool) -> None:
        self.divides = divides

    def imports(self) -> list[ast.stmt]:
        """The statements that bring the names."""
        return [
            _import(ARITHMETIC, divide=DIVIDE, Divisor=DIVISOR, compare=COMPARE, sort=SORT),
            _import(ARITHMETIC, round_half_up="round", cmp="cmp", ordered="sorted"),
            _import(TEXT, StringIO=BUFFER, call=CALL, text=TEXT_OF, opened="open"),
            _import(TEXT, opened="file"),
        ]

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """a / b."""
        self.generic_visit(node)
        if self.divides or not isinstance(node.op, ast.Div):
            return node
        call = ast.Call(ast.Name(DIVIDE, ast.Load()), [node.left, node.right], [])
        return ast.copy_location(call, node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """a /= b."""
        self.generic_visit(node)
        if not self.divides and isinstance(node.op, ast.Div):
            divisor = ast.Call(ast.Name(DIVISOR, ast.Load()), [node.value], [])
            node.value = ast.copy_location(divisor, node.value)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """a < b."""
        self.generic_visit(node)
        how = type(node.ops[0]).__name__
        if len(node.ops) > 1 or how not in COMPARISONS:
            return node
        arguments = [node.left, node.comparators[0], ast.Constant(how)]
        return ast.copy_location(ast.Call(ast.Name(COMPARE, ast.Load()), arguments, []), node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Methods of text, str() of bytes, list.sort, and yaml.load, which PyYAML 6 changed."""
        self.generic_visit(node)
        function = node.func
        if isinstance(function, ast.Name) and function.id == "str":
            node.func = ast.copy_location(ast.Name(TEXT_OF, ast.Load()), function)
        if not isinstance(function, ast.Attribute):
            return node
        if ast.unparse(function) == "yaml.load" and len(node.args) + len(node.keywords) == 1:
            function.attr = "full_load"
        if function.attr in METHODS | {"sort"}:
            return ast.copy_location(_by_name(node, function), node)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Arrays and images have tobytes now; io.StringIO holds text only."""
        self.generic_visit(node)
        if node.attr == "tostring":
            node.attr = "tobytes"
        if node.attr == "StringIO" and isinstance(node.value, ast.Name) and node.value.id == "io":
            return ast.copy_location(ast.Name(BUFFER, node.ctx), node)
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        """StringIO, which fissix takes from io, where it holds text only."""
        if node.module == "io" and [alias.name for alias in node.names] == ["StringIO"]:
            node.module = TEXT
        return node


def _by_name(node: ast.Call, method: ast.Attribute) -> ast.Call:
    """Return the call of a method as one of old_text.call, or of old_arithmetic.sort."""
    known: list[ast.expr] = [] if method.attr == "sort" else [ast.Constant(method.attr)]
    name = ast.Name(SORT if method.attr == "sort" else CALL, ast.Load())
    return ast.Call(name, [method.value, *known, *node.args], node.keywords)


def _imports_division(text: str) -> bool:
    """Whether a program asks for the division of Python 3; fissix takes the line away."""
    return any("division" in names for names in re.findall(FUTURE, text, re.MULTILINE))


def _first_statement(tree: ast.Module) -> int:
    """The position behind the docstring and the imports from __future__."""
    for i, node in enumerate(tree.body):
        text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not text and not (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            return i
    return len(tree.body)


class Python2Finder(MetaPathFinder):
    """Finds the modules that came with the program, wherever it found them, to rewrite them."""

    def __init__(self) -> None:
        names = ("stdlib", "platstdlib", "purelib", "platlib")
        self.installed = {Path(sysconfig.get_path(name)).resolve() for name in names}
        self.installed.add(Path(__file__).resolve().parents[2] / "caffe2torch")

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a module that is not installed; None for any other."""
        spec = PathFinder.find_spec(name, path, target)
        origin = spec.origin if spec is not None else None
        if spec is None or origin is None or not origin.endswith(".py"):
            return None
        folders = Path(origin).resolve().parents
        if self.installed.intersection(folders) or PACKAGES & {folder.name for folder in folders}:
            return None
        spec.loader = Python2Loader(name, origin)
        return spec


class Python2Loader(SourceFileLoader):
    """Loads a module of a Python 2 program."""

    def get_code(self, fullname: str) -> CodeType:
        """Return the module's code; one that only Python 3 reads is left as it is."""
        text = read_program(self.path)
        try:
            inside = "." in fullname or self.is_package(fullname)
            return code_from_python2(text, self.path, inside)
        except ParseError:
            return compile(text, self.path, "exec", dont_inherit=True)
