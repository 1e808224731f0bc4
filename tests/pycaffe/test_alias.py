"""`import caffe` finds this package, and no other caffe is shadowed unless that is asked for."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module, invalidate_caches
from pathlib import Path
from types import ModuleType

import pytest

from caffe2torch.pycaffe import alias
from tests.conftest import ROOT


@pytest.fixture
def nothing_yet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that has not imported caffe; what it imports is forgotten afterwards."""
    finders = [f for f in sys.meta_path if not isinstance(f, alias.CaffeFinder)]
    monkeypatch.setattr(sys, "meta_path", finders)
    for name in caffes():
        monkeypatch.delitem(sys.modules, name)
    yield
    for name in caffes():
        del sys.modules[name]


def caffes() -> list[str]:
    return [name for name in sys.modules if name == "caffe" or name.startswith("caffe.")]


@pytest.fixture
def other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a caffe of another kind, on the path."""
    (tmp_path / "caffe").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    invalidate_caches()
    return tmp_path / "caffe"


@pytest.mark.parametrize(
    ("name", "package"),
    [("caffe", True), ("caffe.proto", True), ("caffe.io", False), ("caffe.coord_map", False)],
)
def test_a_module_is_that_of_this_package(
    name: str, package: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "caffe", import_module(alias.PACKAGE))
    spec = alias.CaffeFinder().find_spec(name)
    assert spec is not None and spec.name == name
    assert (spec.submodule_search_locations is not None) == package


@pytest.mark.parametrize("name", ["caffe2", "caffe2torch", "os", "caffe.nowhere", "caffe.io.deep"])
def test_other_names_are_not_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "caffe", import_module(alias.PACKAGE))
    assert alias.CaffeFinder().find_spec(name) is None


def test_another_caffe_gets_no_parts_of_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "caffe", ModuleType("caffe"))
    assert alias.CaffeFinder().find_spec("caffe.io") is None


@pytest.mark.usefixtures("nothing_yet")
def test_the_alias_is_the_module_itself_and_keeps_its_own_spec() -> None:
    alias.install()
    io = import_module("caffe.io")
    assert io is import_module("caffe2torch.pycaffe.io")
    assert io.__spec__ is not None and io.__spec__.name == "caffe2torch.pycaffe.io"


@pytest.mark.usefixtures("nothing_yet")
def test_another_caffe_stays_unless_this_one_is_to_be_first(other: Path) -> None:
    (other / "__init__.py").write_text("")
    for _ in range(2):
        alias.install()
    assert sum(isinstance(finder, alias.CaffeFinder) for finder in sys.meta_path) == 2
    assert import_module("caffe").__file__ == str(other / "__init__.py")
    del sys.modules["caffe"]
    alias.install(first=True)
    assert import_module("caffe") is import_module(alias.PACKAGE)


@pytest.mark.usefixtures("nothing_yet")
def test_another_caffe_is_named_by_its_file(other: Path) -> None:
    (other / "__init__.py").write_text("")
    assert alias.installed_caffe() == str(other / "__init__.py")


@pytest.mark.usefixtures("nothing_yet")
def test_a_folder_of_modules_is_a_caffe_and_one_of_nets_is_none(other: Path) -> None:
    (other / "train.prototxt").write_text("")
    assert alias.installed_caffe() == ""
    (other / "io.py").write_text("")
    assert alias.installed_caffe() == str(other)


def test_what_is_imported_already_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "caffe", import_module(alias.PACKAGE))
    assert alias.installed_caffe() == ""
    monkeypatch.setitem(sys.modules, "caffe", ModuleType("caffe"))
    assert alias.installed_caffe() == "a module in memory"


@pytest.mark.usefixtures("nothing_yet")
@pytest.mark.parametrize("place", ["on the path", "in the fork's source"])
def test_a_module_that_a_fork_adds_comes_from_its_files(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "python" / "caffe"
    folder.mkdir(parents=True)
    (folder / "model_libs.py").write_text("from caffe import layers as L, params\nbody = L.ReLU\n")
    (folder / "_compiled.so").write_bytes(b"")
    alias.install(first=True)
    caffe = import_module("caffe")
    monkeypatch.chdir(tmp_path if place == "in the fork's source" else ROOT)
    if place == "on the path":
        monkeypatch.syspath_prepend(str(folder.parent))
    added = import_module("caffe.model_libs")
    assert added.params is caffe.params
    for name in ("caffe._compiled", "caffe.nowhere"):
        with pytest.raises(ModuleNotFoundError):
            import_module(name)
