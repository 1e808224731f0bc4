"""How the coordinates of two tops of a NetSpec relate, and the Crop layer that aligns them.

A map is (axis, a, b): along the spatial axes from `axis` on, the coordinate x of the input lies at
a · x + b of the output; axis None means every axis. a and b are numbers, or arrays with one entry
a spatial axis.

Source: Caffe python/caffe/coord_map.py
"""

from __future__ import annotations

from typing import Any

import numpy as np

from caffe2torch.pycaffe.net_spec import Function, Top, layers

Map = tuple[int | None, Any, Any]

IDENTITY: Map = (None, 1, 0)
PASS_THROUGH_LAYERS = [
    "AbsVal", "BatchNorm", "Bias", "BNLL", "Dropout", "Eltwise", "ELU", "Log", "LRN", "Exp", "MVN",
    "Power", "ReLU", "PReLU", "Scale", "Sigmoid", "Split", "TanH", "Threshold",
]  # fmt: skip
SIDED = ("pad_h", "pad_w", "kernel_h", "kernel_w", "stride_h", "stride_w")


class UndefinedMapException(Exception):  # noqa: N818  Caffe's name
    """A layer for whose type no coordinate map is known."""


class AxisMismatchException(Exception):  # noqa: N818  Caffe's name
    """Maps that begin at different axes."""


def conv_params(fn: Function) -> tuple[int, Any, Any, Any]:
    """Return axis, stride, extent of the (dilated) kernel, and pad of a layer with a window.

    Raises: AssertionError for sizes written as _h and _w.
    """
    given = fn.params.get("convolution_param", fn.params)
    assert not set(SIDED) & set(fn.params), "cropping does not support legacy _h/_w params"
    kernel, stride, pad, dilation = (
        np.array(value, ndmin=1)
        for value in (
            given["kernel_size"],
            given.get("stride", 1),
            given.get("pad", 0),
            given.get("dilation", 1),
        )
    )
    return given.get("axis", 1), stride, (kernel - 1) * dilation + 1, pad


def crop_params(fn: Function) -> tuple[int, Any]:
    """Return axis and offset of a Crop layer."""
    given = fn.params.get("crop_param", fn.params)
    return given.get("axis", 2), np.array(given.get("offset", 0), ndmin=1)


def coord_map(fn: Function) -> Map:
    """Return the map of a layer, from its bottom to its top.

    Raises: UndefinedMapException for a type without one.
    """
    if fn.type_name in ("Convolution", "Pooling", "Im2col"):
        axis, stride, extent, pad = conv_params(fn)
        return axis, 1 / stride, (pad - (extent - 1) / 2) / stride
    if fn.type_name == "Deconvolution":
        axis, stride, extent, pad = conv_params(fn)
        return axis, stride, (extent - 1) / 2 - pad
    if fn.type_name in PASS_THROUGH_LAYERS:
        return IDENTITY
    if fn.type_name == "Crop":
        axis, offset = crop_params(fn)
        return axis - 1, 1, -offset  # counted as a convolution counts: from the channels
    raise UndefinedMapException


def compose(base_map: Map, next_map: Map) -> Map:
    """Return the map that applies `next_map` first and then `base_map`.

    Raises: AxisMismatchException if they begin at different axes.
    """
    (axis, scale, shift), (next_axis, next_scale, next_shift) = base_map, next_map
    if axis is None:
        axis = next_axis
    elif next_axis is not None and next_axis != axis:
        raise AxisMismatchException
    return axis, scale * next_scale, scale * next_shift + shift


def inverse(coord_map: Map) -> Map:
    """Return the map back."""
    axis, scale, shift = coord_map
    return axis, 1 / scale, -shift / scale


def coord_map_from_to(top_from: Top, top_to: Top) -> Map:
    """Return the map from one top to another, by way of a blob that both come from.

    Raises: RuntimeError if there is none that layers with known maps lead to.
    """
    maps = {top_from: IDENTITY}
    reached = {top_from}
    while reached:
        reached = _step_back(reached, maps)
    back = {top_to: IDENTITY}
    reached = {top_to}
    while reached:
        for top in reached:
            if top in maps:
                return compose(back[top], inverse(maps[top]))
        reached = _step_back(reached, back)
    raise RuntimeError("Could not compute map between tops; are they connected by spatial layers?")


def _step_back(tops: set[Top], maps: dict[Top, Map]) -> set[Top]:
    """Add the maps of the bottoms of `tops`, and return these bottoms."""
    bottoms: set[Top] = set()
    for top in tops:
        inputs = top.fn.inputs
        if top.fn.type_name == "Crop":
            inputs = inputs[:1]  # the other tells only a size
        try:
            for bottom in inputs:
                maps[bottom] = compose(maps[top], coord_map(top.fn))
                bottoms.add(bottom)
        except UndefinedMapException:
            continue
    return bottoms


def crop(top_from: Top, top_to: Top) -> Any:
    """Return a Crop layer that cuts `top_from` so that it lies on `top_to`.

    Raises: AssertionError if the scales differ, or the offset is negative or no whole number.
    """
    axis, scale, shift = coord_map_from_to(top_from, top_to)
    assert (scale == 1).all(), f"scale mismatch on crop (a = {scale})"
    assert (shift <= 0).all(), f"cannot crop negative offset (b = {shift})"
    assert (np.round(shift) == shift).all(), f"cannot crop noninteger offset (b = {shift})"
    assert axis is not None
    offset = [int(n) for n in -np.round(shift)]
    return layers.Crop(top_from, top_to, crop_param={"axis": axis + 1, "offset": offset})
