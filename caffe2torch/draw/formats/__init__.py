"""Kinds of files that a drawing is written as: one file a kind, named after its suffix.

Each has `render(scene: Scene) -> bytes`, and its docstring's first line says what it is.
"""

from __future__ import annotations

from caffe2torch.draw.scene import Scene
from caffe2torch.registry import Registry

registry = Registry("caffe2torch.draw.formats", "kind of drawing")


def names() -> list[str]:
    """The kinds, which are the suffixes."""
    return list(registry.files.values())


def render(scene: Scene, kind: str) -> bytes:
    """The bytes of a file of this kind. Raises: UnsupportedError if there is no such kind."""
    rendered: bytes = registry.find(kind).render(scene)
    return rendered
