"""Makes `import caffe`, and `import caffe.io` and the like, find this package."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

PACKAGE = "caffe2torch.pycaffe"


class Same(Loader):
    """Gives out a module of this package under its name in Caffe."""

    def __init__(self, name: str) -> None:
        self.name = name

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(self.name)
        self.spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self.spec  # the import system has put the alias's spec there


class CaffeFinder(MetaPathFinder):
    """Finds `caffe` as `caffe2torch.pycaffe`, and `caffe.X` where the imported caffe is that.

    top: whether it finds `caffe` itself
    """

    def __init__(self, top: bool = True) -> None:
        self.top = top

    def find_spec(
        self, name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module called caffe is; None for any other name."""
        part = name.startswith("caffe.") and _is_ours(sys.modules.get("caffe"))
        if not part and not (self.top and name == "caffe"):
            return None
        real = PACKAGE + name.removeprefix("caffe")
        try:
            known = find_spec(real)
        except ModuleNotFoundError:
            return None
        if known is None and real not in sys.modules:
            return _addition(name)
        return ModuleSpec(
            name,
            Same(real),
            is_package=known is not None and bool(known.submodule_search_locations),
        )


def _addition(name: str) -> ModuleSpec | None:
    """Find a module that a fork adds to caffe in Python, as SSD does model_libs.

    It is looked for on the path, and in the fork's source where the program runs at its root.
    """
    folders = [str(Path(path).resolve() / "caffe") for path in (*sys.path, "python")]
    for finder in sys.meta_path:
        if not isinstance(finder, CaffeFinder):
            spec = finder.find_spec(name, folders)
            if spec is not None and str(spec.origin).endswith(".py"):
                return spec
    return None


def installed_caffe() -> str:
    """Return the file of a caffe that is not ours and would be imported, "" for none."""
    present = sys.modules.get("caffe")
    if present is not None:
        file = str(getattr(present, "__file__", None) or "a module in memory")
        return "" if _is_ours(present) else file
    spec = find_spec("caffe")
    if spec is None or isinstance(spec.loader, Same):
        return ""
    if spec.origin is None and not _holds_modules(spec):
        return ""  # a folder that happens to be called caffe
    return str(spec.origin or next(iter(spec.submodule_search_locations or ["caffe"])))


def _is_ours(module: ModuleType | None) -> bool:
    return module is not None and module.__name__ == PACKAGE


def _holds_modules(spec: ModuleSpec) -> bool:
    return any(next(Path(p).glob("*.py"), None) for p in spec.submodule_search_locations or ())


def install(first: bool = False) -> None:
    """Let this process import this package as `caffe`.

    first: even where another caffe is installed; by default that one is imported
    """
    if first:
        sys.meta_path.insert(0, CaffeFinder())
    elif not any(isinstance(finder, CaffeFinder) for finder in sys.meta_path):
        # Parts are found in front: the path of the package would give each a second time.
        sys.meta_path.insert(0, CaffeFinder(top=False))
        sys.meta_path.append(CaffeFinder())
