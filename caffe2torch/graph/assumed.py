"""Shapes that were guessed because data are missing, and the errors that rest on them."""

from __future__ import annotations

from dataclasses import replace

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import C2TError, ShapeError
from caffe2torch.layers.base import Layer, Shape, Site


def first(layer: Layer, site: Site, net: pb.NetParameter) -> list[Shape]:
    """What a source whose files are missing most likely gives, from this net's own words.

    A MemoryData layer of another phase, which makes the same top, says the size that images have.
    """
    shapes = layer.assumed(site)
    twin = next((p for p in net.layer if _twin(p, site)), None)
    if twin is None or site.param.transform_param.crop_size or len(shapes[0]) != 4:
        return shapes
    size = twin.memory_data_param
    return [(shapes[0][0], size.channels, size.height, size.width), *shapes[1:]]


def _twin(other: pb.LayerParameter, site: Site) -> bool:
    size = other.memory_data_param
    known = other.type == "MemoryData" and size.channels and size.height and size.width
    return bool(known) and other.top[:1] == site.top_names[:1]


def note(site: Site, shapes: list[Shape]) -> dict[str, str]:
    """Top -> what was guessed for this source; none where a crop or warp says the size."""
    transform = site.param.transform_param
    resize = transform.resize_param
    warped = resize.height and resize.width and resize.resize_mode == pb.ResizeParameter.WARP
    if transform.crop_size or warped:
        return {}
    guess = ", ".join(f'"{top}" {s}' for top, s in zip(site.top_names, shapes, strict=True))
    return dict.fromkeys(site.top_names, guess)


def behind(site: Site, guessed: dict[str, str]) -> str:
    """The guess that the bottoms come from, "" for none."""
    return next((guessed[blob] for blob in site.bottom_names if blob in guessed), "")


def rests_on(layer: Layer, site: Site, error: ShapeError, guessed: dict[str, str]) -> str:
    """The guess that an error rests on: with other sizes the layer would say another thing.

    The error of a parameter (num_output is missing) stays the same whatever the sizes are.
    """
    if error.field not in ("", "bottom") and not any(c.isdigit() for c in error.message):
        return ""
    bottoms = [
        tuple(dim + 1 for dim in shape) if blob in guessed else shape
        for blob, shape in zip(site.bottom_names, site.bottoms, strict=True)
    ]
    try:
        layer.shapes(replace(site, bottoms=bottoms, notes=[]))
    except C2TError as other:
        return "" if other.message == error.message else behind(site, guessed)
    return behind(site, guessed)
