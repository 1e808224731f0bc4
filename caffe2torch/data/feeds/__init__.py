"""Source layers, one file a layer type: how each makes its batches."""

from __future__ import annotations

from caffe2torch.data.feeds.base import LayerFeed
from caffe2torch.registry import Registry, declared

registry = Registry("caffe2torch.data.feeds", "source layer")


def find(type_: str) -> type[LayerFeed]:
    """Return the feed of a layer type. Raises UnsupportedError if it has none."""
    (kind,) = declared(registry.find(type_), LayerFeed)
    return kind
