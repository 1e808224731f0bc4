"""Runs somebody's pycaffe program in this process, as `python script.py ARGS` would.

A program of Python 2 can be rewritten in memory by fissix, the lib2to3 that is still kept.
"""

from __future__ import annotations

import ast
import linecache
import sys
import tokenize
import traceback
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from caffe2torch import cv2 as opencv
from caffe2torch import inputs
from caffe2torch.errors import C2TError, ParseError, Span, UnsupportedError
from caffe2torch.pycaffe import alias

TOOLS = (
    "c2t run --py2 rewrites it in memory (needs: pip install 'caffe2torch[py2]'); to rewrite the "
    "file for good use python-modernize or fissix, or python-future's futurize"
)


def run_program(script: str, args: Sequence[str], py2: bool = False) -> int:
    """Run a program with `caffe` standing for caffe2torch.pycaffe; return its exit code.

    Raises: UnsupportedError if a Caffe is installed that the program would import instead;
    ParseError if the file does not parse.
    """
    _refuse_other_caffe(script)
    code = compiled(script, py2)
    alias.install(first=True)
    opencv.install()
    if py2:
        sys.meta_path.insert(1, _Python2Finder(Path(script).resolve().parent))
    main = ModuleType("__main__")
    main.__dict__.update(__file__=script, __builtins__=__builtins__, __cached__=None)
    sys.modules["__main__"] = main
    sys.argv = [script, *args]
    sys.path.insert(0, str(Path(script).resolve().parent))
    try:
        exec(code, main.__dict__)
    except SystemExit as error:
        return _exit_code(error)
    except C2TError:
        raise
    except BaseException as error:  # noqa: BLE001  the program's own failure, shown as Python does
        traceback.print_exception(_without_our_frames(error))
        return 1
    return 0


def _refuse_other_caffe(script: str) -> None:
    folder = Path(script).resolve().parent
    sys.path.insert(0, str(folder))
    try:
        other = alias.installed_caffe()
    finally:
        sys.path.remove(str(folder))
    if other:
        raise UnsupportedError(
            f"{other} is a caffe of its own, which the program would import",
            hint="take it off PYTHONPATH, or copy the program away from beside it",
        )


def _exit_code(error: SystemExit) -> int:
    if error.code is None or isinstance(error.code, int):
        return error.code or 0
    sys.stderr.write(f"{error.code}\n")
    return 1


def _without_our_frames(error: BaseException) -> BaseException:
    """Drop the frames above the program's own from a traceback."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return error.with_traceback(trace)


def compiled(script: str, py2: bool) -> CodeType:
    """Return the code of a program. Raises: ParseError where it is not Python (3).

    py2: rewrite what Python 3 cannot parse
    """
    text = _read(script)
    if py2:
        text = from_python2(text, script)
        linecache.cache[script] = (len(text), None, text.splitlines(True), script)
    try:
        ast.parse(text, script)
    except SyntaxError as error:
        raise _explained(error, text, script, py2) from None
    return compile(text, script, "exec", dont_inherit=True)


def _read(script: str) -> str:
    try:
        inputs.check(script)
        with tokenize.open(script) as file:
            return file.read()
    except (SyntaxError, UnicodeDecodeError) as error:
        raise ParseError(f"{script} cannot be read as text: {error}") from None


def _explained(error: SyntaxError, text: str, script: str, py2: bool) -> ParseError:
    span = Span(script, error.lineno or 1, max(error.offset or 1, 1))
    if not py2 and _is_python2(text, script):
        return ParseError(
            f"the program is written for Python 2: {error.msg}", span=span, hint=TOOLS
        )
    return ParseError(f"the program does not parse: {error.msg}", span=span, hint="correct it")


def _is_python2(text: str, script: str) -> bool:
    """Whether a text parses once what changed since Python 2 is rewritten; True if unknown."""
    try:
        ast.parse(from_python2(text, script), script)
    except UnsupportedError:
        return True
    except (ParseError, SyntaxError):
        return False
    return True


def from_python2(text: str, script: str) -> str:
    """Return a program with its print statements, `except X, e` and the like as in Python 3.

    Integer division is not touched: `/` of two integers gives a fraction now.
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
    text += "" if text.endswith("\n") else "\n"
    failure: Any = None
    for options in ({}, {"print_function": True}):
        tool = refactor.RefactoringTool(fixers, options)
        try:
            return str(tool.refactor_string(text, script))
        except Exception as error:  # noqa: BLE001  fissix raises several kinds of its own
            failure = error
    raise ParseError(f"{script} is Python neither of version 3 nor of version 2: {failure}")


class _Python2Finder(MetaPathFinder):
    """Finds the modules beside the program, to rewrite those that need it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a module inside the program's folder; None for any other."""
        spec = PathFinder.find_spec(name, path, target)
        origin = spec.origin if spec is not None else None
        if spec is None or origin is None or not origin.endswith(".py"):
            return None
        if self.folder not in Path(origin).resolve().parents:
            return None
        spec.loader = _Python2Loader(name, origin)
        return spec


class _Python2Loader(SourceFileLoader):
    """Loads a module, rewritten where Python 3 does not parse it."""

    def get_code(self, fullname: str) -> CodeType:
        """Return the module's code."""
        try:
            return compile(_read(self.path), self.path, "exec", dont_inherit=True)
        except SyntaxError:
            return compiled(self.path, py2=True)
