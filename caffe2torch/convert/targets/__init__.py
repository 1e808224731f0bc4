"""What a net can be converted to, one target a file: SUFFIX, and `write(conversion, path)`.

`write` puts the file there and returns what was checked, to be told to the user. PACKAGES are
those of pip that it needs beyond the project's own.
"""

from __future__ import annotations

from importlib.util import find_spec
from types import ModuleType

from caffe2torch.registry import Registry

registry = Registry("caffe2torch.convert.targets", "target")


def missing_packages(target: ModuleType) -> str:
    """The packages that a target needs and that are not installed, divided by blanks."""
    needed = getattr(target, "PACKAGES", ())
    return " ".join(name for name in needed if find_spec(name) is None)


def names() -> list[str]:
    """The targets as they are spelled in --to."""
    return [name.replace("_", "-") for name in registry.names()]
