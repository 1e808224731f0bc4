"""What must start at once does not import torch, and no stage imports a later one."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import caffe2torch

PACKAGE = Path(caffe2torch.__file__).parent

# In the order of the straight line: a part imports none of those after it.
STAGES = ["errors", "registry", "text", "schema", "upgrade", "graph", "emit", "build"]
LOOKING = ["lint", "inspect", "draw"]
TORCH_FREE = [*STAGES[:-2], "weights", "_lazy", "cli", "layers", "fillers", *LOOKING]
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
    present = [p for p in TORCH_FREE if (PACKAGE / p).is_dir() or (PACKAGE / f"{p}.py").is_file()]
    statements = "\n".join(f"import caffe2torch.{part}" for part in present)
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


def own_imports(path: Path) -> set[str]:
    """First part of each caffe2torch module that a file imports, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("caffe2torch."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.ImportFrom) and node.module == "caffe2torch":
            found |= {alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("stage", STAGES)
def test_no_stage_imports_a_later_one(stage: str) -> None:
    files = [*PACKAGE.glob(f"{stage}.py"), *PACKAGE.glob(f"{stage}/*.py")]
    assert files
    later = STAGES[STAGES.index(stage) + 1 :]
    for path in files:
        assert own_imports(path).isdisjoint(later), path


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


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Slover'"):
        _ = caffe2torch.Slover
