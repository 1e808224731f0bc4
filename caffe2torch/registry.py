"""Things that live one in a file, found by file name: layers, fillers, policies, commands.

A package is its own table: `layers/inner_product.py` is the layer InnerProduct. Names are
compared without case and underscores, because no rule turns Caffe's LRN, PReLU, HDF5Data
and Im2col into file names otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import TypeVar

from caffe2torch.errors import Span, UnsupportedError

Kind = TypeVar("Kind")


def fold(name: str) -> str:
    """Return the key under which a name is known: no case, no punctuation.

    "InnerProduct", "inner_product" and "INNER_PRODUCT" are all "innerproduct".
    """
    return "".join(c for c in name.lower() if c.isalnum())


@dataclass(frozen=True)
class Registry:
    """The modules of one package, by file name; each is imported when it is asked for.

    package: dotted name, such as "caffe2torch.layers".
    what:    what an error calls one of them, such as "layer type".
    skip:    file names that hold no such thing; names with a leading underscore never do.
    """

    package: str
    what: str
    skip: frozenset[str] = frozenset({"base"})

    @cached_property
    def files(self) -> dict[str, str]:
        """Folded name -> file stem, in the order of the stems.

        Raises: TypeError naming both files if two stems fold to the same name.
        """
        paths: dict[str, Path] = {}
        for path in sorted(self._paths()):
            key = fold(path.name)
            if key in paths:
                raise TypeError(f"two files for one {self.what}: {paths[key]}.py and {path}.py")
            paths[key] = path
        return {key: path.name for key, path in paths.items()}

    def _paths(self) -> Iterator[Path]:
        """Yield the path of each module, without its suffix."""
        spec = find_spec(self.package)
        folders = list(spec.submodule_search_locations or ()) if spec else []
        for folder in folders:
            for module in iter_modules([folder]):
                if not module.name.startswith("_") and module.name not in self.skip:
                    yield Path(folder) / module.name

    def names(self) -> list[str]:
        """Return all file stems, sorted; nothing is imported."""
        return list(self.files.values())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and fold(name) in self.files

    def find(self, name: str, span: Span | None = None) -> ModuleType:
        """Import and return the one module for `name`.

        Raises: UnsupportedError at `span`, with the nearest names, if there is none.
        """
        stem = self.files.get(fold(name))
        if stem is None:
            raise UnsupportedError(
                f'unknown {self.what} "{name}"', span=span, hint=self._hint(name)
            )
        return import_module(f"{self.package}.{stem}")

    def _hint(self, name: str) -> str:
        near = get_close_matches(fold(name), self.files, n=3)
        if near:
            return "did you mean " + " or ".join(f'"{self.files[key]}"' for key in near) + "?"
        return "known: " + ", ".join(self.names())

    def all(self) -> Iterator[ModuleType]:
        """Import and yield every module, in the order of the names."""
        for stem in self.names():
            yield import_module(f"{self.package}.{stem}")


def declared(module: ModuleType, base: type[Kind]) -> list[type[Kind]]:
    """The classes of a kind that a module defines itself, in the order of its text."""
    return [
        kind
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, base) and kind.__module__ == module.__name__
    ]
