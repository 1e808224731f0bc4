"""Kinds of layers, and the colour of each: those of Caffe's draw_net where it has one.

Source: Caffe python/caffe/draw.py, choose_color_by_layertype and the styles above it
"""

from __future__ import annotations

from caffe2torch import layers
from caffe2torch.draw.wiring import Vertex
from caffe2torch.layers.base import Role

# Caffe draws data and losses like any other layer; they have colours of their own here.
COLOURS = {
    "data": "#5FC9B8",
    "convolution": "#FF5050",
    "pooling": "#FF9900",
    "inner product": "#CC33FF",
    "in place": "#90EE90",
    "loss": "#FFDD55",
    "layer": "#6495ED",
    "blob": "#E0E0E0",
    "stack": "#F4F4F4",
}


# What is drawn in a colour of its own, the first that fits.
ROLES = {
    Role.CONVOLUTION: "convolution",
    Role.POOLING: "pooling",
    Role.WEIGHTS: "inner product",
}


def kind(vertex: Vertex) -> str:
    """The kind of a layer: a key of COLOURS."""
    layer = layers.known(vertex.param)
    if layer is None:
        return _by_name(vertex)
    named = next((name for role, name in ROLES.items() if layer.plays(role)), "")
    if named:
        return named
    if layer.loss:
        return "loss"
    if layer.source or not vertex.param.bottom:
        return "data"
    return "in place" if vertex.in_place else "layer"


def _by_name(vertex: Vertex) -> str:
    """The kind of a layer of an unknown type, as far as its name tells."""
    type_ = vertex.param.type
    for part, name in (("onvolution", "convolution"), ("Pooling", "pooling"), ("Loss", "loss")):
        if part in type_:
            return name
    if type_.endswith("Data") or not vertex.param.bottom:
        return "data"
    return "in place" if vertex.in_place else "layer"
