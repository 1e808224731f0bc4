"""What must start at once does not import torch, and no stage imports a later one."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import caffe2torch
from tests.house import BESIDE, PACKAGE, ROWS, circles, imports, modules, part_of

# What lint, inspect and draw need: none of it imports torch.
TORCH_FREE = [
    "terminal", "errors", "registry", "inputs", "atomic", "outputs", "format", "fillers", "moments",
    "weights", "layers", "graph", "config", "lint", "inspect", "draw", "cli",
]  # fmt: skip
HEAVY = ("torch", "torchvision", "numpy", "google.protobuf", "matplotlib", "rich", "h5py", "lmdb")


def imported_by(statement: str) -> set[str]:
    """Names of the modules that a fresh Python has imported after `statement`."""
    program = f"import sys\n{statement}\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_package_alone_imports_nothing_else() -> None:
    assert {m for m in imported_by("import caffe2torch") if m.startswith("caffe2torch")} == {
        "caffe2torch"
    }


def test_help_imports_nothing_heavy() -> None:
    program = (
        "from click.testing import CliRunner; from caffe2torch.cli import cli; "
        "assert CliRunner().invoke(cli, ['--help']).exit_code == 0"
    )
    assert imported_by(program).isdisjoint(HEAVY)


def test_the_torch_free_parts_do_not_import_torch() -> None:
    statements = "\n".join(f"import caffe2torch.{part}" for part in TORCH_FREE)
    assert imported_by(statements).isdisjoint({"torch", "torchvision"})


def test_no_layer_or_filler_or_command_imports_torch() -> None:
    program = """
from importlib import import_module
from pathlib import Path
import caffe2torch
root = Path(caffe2torch.__file__).parent
for part in ("layers", "fillers", "commands"):
    for path in sorted((root / part).rglob("*.py")):
        names = path.relative_to(root.parent).with_suffix("").parts
        import_module(".".join(names[:-1] if names[-1] == "__init__" else names))
"""
    assert imported_by(program).isdisjoint({"torch", "torchvision"})


def test_every_part_has_its_place_in_the_house() -> None:
    known = {part for row in ROWS for part in row}
    assert {part_of(module) for module in modules()} - {""} <= known


def test_no_part_imports_a_later_one_or_one_beside_it() -> None:
    row = {part: i for i, parts in enumerate(ROWS) for part in parts}
    known = modules()
    wrong = []
    for module, path in known.items():
        here = part_of(module)
        for target, _ in imports(module, path, known):
            there = part_of(target)
            if not (here and there) or here == there:
                continue
            beside = row[here] == row[there] and (here, there) not in BESIDE
            if row[there] > row[here] or beside:
                wrong.append(f"{module} imports {target}")
    assert wrong == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    known = modules()
    arrows = {
        module: {target for target, _ in imports(module, path, known)} - {module, "caffe2torch"}
        for module, path in known.items()
    }
    assert circles(arrows) == []


def test_circles_are_seen() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
    assert circles({"a": {"b", "c"}, "b": {"d"}, "c": {"d"}}) == []


def test_imports_are_seen_in_functions_and_for_type_checkers(tmp_path: Path) -> None:
    path = tmp_path / "one.py"
    path.write_text(
        "from typing import TYPE_CHECKING\nfrom caffe2torch import errors\n"
        "if TYPE_CHECKING:\n    from caffe2torch.graph import Graph\n"
        "def f():\n    import caffe2torch.lint.engine\n"
    )
    assert list(imports("caffe2torch.one", path, modules())) == [
        ("caffe2torch.errors", True),
        ("caffe2torch.graph", True),
        ("caffe2torch.lint.engine", False),
    ]


def test_every_public_name_resolves() -> None:
    for name in caffe2torch.__all__:
        assert getattr(caffe2torch, name) is not None, name
    assert set(caffe2torch.__all__) <= set(dir(caffe2torch))


def test_type_checkers_see_every_public_name() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    (typed,) = (node for node in tree.body if isinstance(node, ast.If))
    names = {
        alias.asname: getattr(node, "module", "") for node in typed.body
        for alias in node.names  # type: ignore[attr-defined]
    }  # fmt: skip
    assert names.keys() == set(caffe2torch.__all__) - {"__version__"}
    for name, module in names.items():
        if name not in caffe2torch._MODULES:
            assert caffe2torch._PUBLIC[name] == module
        else:
            assert caffe2torch._MODULES[name] in (f"{module}.{name}", module)


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Slover'"):
        _ = caffe2torch.Slover
