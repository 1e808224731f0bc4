"""Refusal of an in-place top, shared by the layers whose Caffe code breaks on one."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Site


def refuse_in_place(x: Site) -> None:
    """Raise ShapeError if a top is written over the bottom at its place.

    Caffe says so for AbsVal, Flatten and Reshape; where a layer changes the shape of its blob
    it does not look, and the next Reshape meets the changed shape.
    """
    for bottom, top in zip(x.bottom_names, x.top_names, strict=False):
        if bottom == top:
            raise ShapeError(
                f'does not allow in-place computation, and top "{top}" is its bottom',
                field="top",
                hint="give the top a name of its own",
            )
