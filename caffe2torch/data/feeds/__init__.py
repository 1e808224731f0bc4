"""Source layers, one file a layer type: how each makes its batches."""

from __future__ import annotations

from caffe2torch.data.feeds.base import LayerFeed
from caffe2torch.registry import Registry

registry = Registry("caffe2torch.data.feeds", "source layer")


def find(type_: str) -> type[LayerFeed]:
    """Return the feed of a layer type. Raises UnsupportedError if it has none."""
    module = registry.find(type_)
    (kind,) = (
        kind
        for kind in vars(module).values()
        if isinstance(kind, type)
        and issubclass(kind, LayerFeed)
        and kind.__module__ == module.__name__
    )
    return kind
