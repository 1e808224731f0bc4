"""Shapes of the tops of source layers, for the graph: reads one record, imports no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caffe2torch.data import feeds
from caffe2torch.data.faults import about

if TYPE_CHECKING:
    from caffe2torch import caffe_pb2 as pb
    from caffe2torch.data.feeds.base import Shape


def top_shapes(
    type_: str, param: pb.LayerParameter, phase: str | int, base: str | None = None
) -> list[Shape]:
    """Return the shape of each top of a source layer.

    phase: "TRAIN" or "TEST", or Caffe's number for it (0 or 1).
    base:  folder in which files are looked for that the working directory does not have.
    Raises: DataError for missing or unreadable files; ShapeError for parameters that Caffe
        refuses, `field` naming them; UnsupportedError for a layer type without a feed.
    """
    kind = feeds.find(type_)
    with about(kind.source_field):
        return kind.top_shapes(param, phase in ("TRAIN", 0), base)


def supports(type_: str) -> bool:
    """Whether `type_` is a source layer whose batches are read here."""
    return feeds.known(type_)
