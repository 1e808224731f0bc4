"""Source layers, one file a layer type: how each makes its batches.

Other packages register theirs under the entry point group "caffe2torch.data.feeds", by the name of
the layer type (docs/plugins.md).
"""

from __future__ import annotations

from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

from caffe2torch.data.feeds.base import LayerFeed
from caffe2torch.registry import Registry, declared, fold

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from caffe2torch import caffe_pb2 as pb

registry = Registry("caffe2torch.data.feeds", "source layer")
FED = frozenset({"Input"})
"""Sources whose batches are given from outside; no package is asked for them."""


def name_of(param: pb.LayerParameter) -> str:
    """The name by which a layer's batches are found: its type, or the class of a Python layer."""
    return param.python_param.layer if param.type == "Python" else param.type


def known(type_: str) -> bool:
    """Whether batches of a layer type are read here."""
    return type_ in registry or (type_ not in FED and fold(type_) in _plugins())


def find(type_: str) -> type[LayerFeed]:
    """Return the feed of a layer type. Raises UnsupportedError if it has none."""
    if type_ in registry or fold(type_) not in _plugins():
        (kind,) = declared(registry.find(type_), LayerFeed)
        return kind
    loaded = _plugins()[fold(type_)].load()
    (kind,) = declared(loaded, LayerFeed) if isinstance(loaded, ModuleType) else (loaded,)
    return kind


@cache
def _plugins() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # slow to import, and seldom needed

    return {fold(point.name): point for point in entry_points(group="caffe2torch.data.feeds")}
