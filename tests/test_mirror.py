"""Tests mirror the package: graph/fitting.py is tested in tests/graph/test_fitting.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house import PACKAGE, modules

TESTS = Path(__file__).parent
SHORT = 60
"""Lines up to which a module may be held by the tests of those that use it."""

GENERIC = {
    "layers": "layers/test_examples.py",  # every type over its examples, golden/ and loops beside
    "lint/rules": "lint/rules",  # one file a rule, named by its code
    "convert/onnx/forms": "convert/onnx/test_forms.py",  # every form over its type's examples
    "commands": "commands",  # through the command line, docs and README included
}
"""Folder -> where one table of cases holds all of its modules."""

GENERATED = {"caffe_pb2.py"}


def relative(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def mirrored(name: str) -> list[str]:
    """Where the tests of a module may stand; those of a package bear its name."""
    path = Path(name)
    if path.name == "__init__.py":
        folder = path.parent
        return [f"{folder.parent}/test_{folder.name}.py", f"{folder}"] if folder.name else ["."]
    return [f"{path.parent}/test_{path.stem.strip('_')}.py"]


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


LONG = [relative(path) for path in modules().values() if lines(path) > SHORT]


def is_mirrored(name: str) -> bool:
    return any((TESTS / place).exists() for place in mirrored(name))


def is_generic(name: str) -> bool:
    return any(folder.as_posix() in GENERIC for folder in Path(name).parents)


def test_every_module_has_its_tests_where_its_name_says() -> None:
    missing = [
        name for name in LONG if not (is_mirrored(name) or is_generic(name) or name in GENERATED)
    ]
    assert missing == [], "test them in tests/..., or say here which tests hold them"


@pytest.mark.parametrize("place", sorted(set(GENERIC.values())))
def test_the_tests_that_are_named_exist(place: str) -> None:
    path = TESTS / place
    assert path.is_file() or any(path.rglob("test_*.py"))


def test_the_list_holds_only_what_it_must() -> None:
    """A folder that went away leaves the list."""
    assert [folder for folder in GENERIC if not (PACKAGE / folder).is_dir()] == []
