"""Every rule is tested with bad configs, good ones, and its fix."""

from __future__ import annotations

import ast
import inspect
import sys
from pathlib import Path

import pytest

from caffe2torch.lint import rules

FOLDER = Path(__file__).parent / "rules"
BAD, GOOD, FIXED = {"fires", "only", "check_fixed"}, {"check_noop"}, {"check_fixed"}


def _times(function: ast.FunctionDef) -> int:
    """How many cases its parametrize decorators make."""
    times = 1
    for call in (d for d in function.decorator_list if isinstance(d, ast.Call)):
        values = call.args[1] if len(call.args) > 1 else None
        if isinstance(values, ast.List | ast.Tuple):
            times *= len(values.elts)
        elif values is not None and "parametrize" in ast.dump(call.func):
            times *= 2  # a table by name
    return times


def _calls(tree: ast.Module, names: set[str]) -> int:
    """In how many cases one of these helpers is called, in the test or in what it calls."""
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    own = {f.name for f in functions if not f.name.startswith("test") and _called(f) & names}
    tests = [f for f in functions if f.name.startswith("test")]
    return sum(_times(f) for f in tests if _called(f) & (names | own))


def _called(function: ast.FunctionDef) -> set[str]:
    nodes = (n for n in ast.walk(function) if isinstance(n, ast.Call))
    return {n.func.id for n in nodes if isinstance(n.func, ast.Name)}


@pytest.mark.parametrize("rule", rules.every(), ids=lambda rule: rule.code)
def test_two_bad_two_good_and_the_fix(rule: rules.Rule) -> None:
    tree = ast.parse((FOLDER / f"test_{rule.code.lower()}.py").read_text(encoding="utf-8"))
    assert _calls(tree, BAD) >= 2, "two bad configs"
    assert _calls(tree, GOOD) >= 2, "two good configs"
    source = inspect.getsource(sys.modules[rule.check.__module__])
    if "Fix(" in source or "fix=" in source.replace("fix=None", ""):
        assert _calls(tree, FIXED) >= 1, "the fix"
