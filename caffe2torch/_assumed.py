"""Shapes that were guessed because data are missing, and the errors that rest on them."""

from __future__ import annotations

from dataclasses import replace

from caffe2torch.errors import C2TError, ShapeError
from caffe2torch.layers.base import Layer, Shape, Site


def note(site: Site, shapes: list[Shape]) -> dict[str, str]:
    """Top -> what was guessed for this source; none where a crop and the batch say the size."""
    if site.param.transform_param.crop_size:
        return {}
    said = ", ".join(f'"{top}" {s}' for top, s in zip(site.top_names, shapes, strict=True))
    return dict.fromkeys(site.top_names, said)


def behind(site: Site, guessed: dict[str, str]) -> str:
    """The guess that the bottoms come from, "" for none."""
    return next((guessed[blob] for blob in site.bottom_names if blob in guessed), "")


def rests_on(layer: Layer, site: Site, error: ShapeError, guessed: dict[str, str]) -> str:
    """The guess that an error rests on: with other sizes the layer would say another thing.

    The error of a parameter (num_output is missing) stays the same whatever the sizes are.
    """
    bottoms = [
        tuple(dim + 1 for dim in shape) if blob in guessed else shape
        for blob, shape in zip(site.bottom_names, site.bottoms, strict=True)
    ]
    try:
        layer.shapes(replace(site, bottoms=bottoms, notes=[]))
    except C2TError as other:
        return "" if other.message == error.message else behind(site, guessed)
    return behind(site, guessed)
