"""Things that live one in a file, found by file name: layers, fillers, policies, commands.

A package is its own table: `layers/inner_product.py` is the layer InnerProduct. Names are
compared without case and underscores, because no rule turns Caffe's LRN, PReLU, HDF5Data
and Im2col into file names otherwise.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
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
        folders: dict[str, str] = {}
        stems: dict[str, str] = {}
        for folder, stem in sorted(self._modules()):
            key = fold(stem)
            if key in stems:
                first, second = Path(folders[key], stems[key]), Path(folder, stem)
                raise TypeError(f"two files for one {self.what}: {first}.py and {second}.py")
            folders[key], stems[key] = folder, stem
        return stems

    def _modules(self) -> Iterator[tuple[str, str]]:
        """Yield the folder and the name of each module."""
        spec = find_spec(self.package)
        for folder in spec.submodule_search_locations or () if spec else ():
            for entry in os.scandir(folder):
                stem, dot, suffix = entry.name.partition(".")
                if stem.startswith("_") or stem in self.skip:
                    continue
                if suffix == "py" or (not dot and Path(entry.path, "__init__.py").is_file()):
                    yield folder, stem

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
