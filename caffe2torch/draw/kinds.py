"""Kinds of layers, and the colour of each: those of Caffe's draw_net where it has one.

Source: Caffe python/caffe/draw.py, choose_color_by_layertype and the styles above it
"""

from __future__ import annotations

from caffe2torch import layers
from caffe2torch.draw.wiring import Vertex
from caffe2torch.errors import UnsupportedError

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


def kind(vertex: Vertex) -> str:
    """The kind of a layer: a key of COLOURS."""
    type_ = vertex.param.type
    if "Convolution" in type_ or "Deconvolution" in type_:
        return "convolution"
    if "Pooling" in type_:
        return "pooling"
    if type_ == "InnerProduct":
        return "inner product"
    source, loss = _roles(type_)
    if source or loss or not vertex.param.bottom:
        return "loss" if loss else "data"
    return "in place" if vertex.in_place else "layer"


def _roles(type_: str) -> tuple[bool, bool]:
    """Whether a type brings data in, and whether it is a loss; by name if it is not known."""
    try:
        layer = layers.find(type_)
    except UnsupportedError:
        return type_.endswith("Data"), type_.endswith("Loss")
    return layer.source, layer.loss
