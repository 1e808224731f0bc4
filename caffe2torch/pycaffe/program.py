"""Runs somebody's pycaffe program in this process, as `python script.py ARGS` would."""

from __future__ import annotations

import ast
import re
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType

from caffe2torch import cv2 as opencv
from caffe2torch.errors import C2TError, ParseError, UnsupportedError
from caffe2torch.pycaffe import alias, old_arithmetic, old_modules, old_text
from caffe2torch.pycaffe.python2 import (
    Python2Finder,
    code_from_python2,
    from_python2,
    not_parsed,
    read_program,
)

TOOLS = (
    "c2t run --py2 rewrites it in memory (needs: pip install 'caffe2torch[py2]'); to rewrite the "
    "file for good use python-modernize or fissix, or python-future's futurize"
)

GONE = {
    *("xrange", "unicode", "raw_input", "basestring", "long", "reload", "unichr", "file", "reduce"),
    *("iteritems", "iterkeys", "itervalues", "has_key", "next", "maketrans"),
    *(
        "cPickle",
        "cStringIO",
        "StringIO",
        "urllib2",
        "urlparse",
        "ConfigParser",
        "Queue",
        "Tkinter",
    ),
    *("__builtin__", "commands", "izip", "imap", "sets", "exceptions"),
}
"""Names of builtins, methods and modules of Python 2 that Python 3 has under others."""
REFUSALS = re.compile(
    r"'(zip|map|filter|dict_\w+|odict_\w+|range)' object (is not subscriptable|has no)"
    r"|'float' object cannot be interpreted as an integer|slice indices must be integers"
    r"|only integers, slices|unsupported format string passed to|not supported between instances"
    r"|bytes-like object is required, not 'str'|must be str, not bytes|convert Unicode to bytes"
    r"|codec can't decode byte"
)
"""What Python 3 and NumPy say to values that Python 2 took."""
OURS = {__file__, old_arithmetic.__file__, old_text.__file__}
"""Files whose frames are no part of a program's traceback."""


def run_program(script: str, args: Sequence[str], py2: bool = False) -> int:
    """Run a program with `caffe` standing for caffe2torch.pycaffe; return its exit code.

    Raises: UnsupportedError if a Caffe is installed that the program would import instead;
    ParseError if the file does not parse.
    """
    _refuse_other_caffe(script)
    code = compiled(script, py2)
    alias.install(first=True)
    opencv.install()
    old_modules.install()
    if py2:
        sys.setdefaultencoding = lambda name: None  # type: ignore[attr-defined]  # it is UTF-8
        sys.meta_path.insert(1, Python2Finder())
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
        if not py2 and _misses_python2(error):
            sys.stderr.write(f"{script} seems to be written for Python 2 -> c2t run --py2\n")
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


def _misses_python2(error: BaseException) -> bool:
    """Whether a name was missing, or a value refused, that Python 2 had or took."""
    if isinstance(error, (NameError, AttributeError, ModuleNotFoundError)) and error.name in GONE:
        return True
    kinds = (TypeError, IndexError, AttributeError, UnicodeDecodeError)
    return isinstance(error, kinds) and bool(REFUSALS.search(str(error)))


def _without_our_frames(error: BaseException) -> BaseException:
    """Drop the frames that are not the program's from a traceback."""
    kept = []
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename not in OURS:
            kept.append(trace)
        trace = trace.tb_next
    for before, after in zip(kept, [*kept[1:], None], strict=True):
        before.tb_next = after
    return error.with_traceback(kept[0] if kept else None)


def compiled(script: str, py2: bool) -> CodeType:
    """Return the code of a program. Raises: ParseError where it is not Python (3).

    py2: rewrite what Python 3 cannot parse, and compute as Python 2 did
    """
    text = read_program(script)
    if py2:
        return code_from_python2(text, script)
    try:
        ast.parse(text, script)
    except SyntaxError as error:
        raise _explained(error, text, script) from None
    return compile(text, script, "exec", dont_inherit=True)


def _explained(error: SyntaxError, text: str, script: str) -> ParseError:
    plain = not_parsed(error, script)
    if not _is_python2(text, script):
        return plain
    return ParseError(
        f"the program is written for Python 2: {error.msg}", span=plain.span, hint=TOOLS
    )


def _is_python2(text: str, script: str) -> bool:
    """Whether a text parses once what changed since Python 2 is rewritten; True if unknown."""
    try:
        ast.parse(from_python2(text, script), script)
    except UnsupportedError:
        return True
    except (ParseError, SyntaxError):
        return False
    return True
