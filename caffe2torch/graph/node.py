"""One layer of the wired net, with its blobs and parameters."""

from __future__ import annotations

from dataclasses import dataclass, field

from caffe2torch import caffe_pb2 as pb
from caffe2torch.layers.base import Blob, Layer, Shape, Site


@dataclass
class ParamRef:
    """One parameter blob of one layer.

    owner:   the blob whose tensor it uses, None if it has its own
    first:   the first blob of its name in the net, with whose values it begins; None for itself.
             That is the owner, except in a net that shares the layers of a train net
    trained: in such a net, the blob of the train net whose tensor it uses
    """

    layer: str
    index: int
    key: str
    blob: Blob
    name: str
    lr_mult: float
    decay_mult: float
    owner: ParamRef | None = None
    has_lr: bool = False
    has_decay: bool = False
    first: ParamRef | None = None
    trained: ParamRef | None = None

    @property
    def shape(self) -> Shape:
        return self.blob.shape


@dataclass
class Node:
    """One layer of the graph, with the names and shapes of its blobs.

    `index` is its position in the net file's (upgraded) layer list, None for a Split that was
    inserted. `module` is the name of its submodule, once a module has been built.
    `need_backward` and `bottom_need_backward` are Caffe's flags of the same names.
    """

    site: Site
    layer: Layer
    index: int | None
    bottoms: list[str]
    tops: list[str]
    bottom_shapes: list[Shape]
    top_shapes: list[Shape]
    blobs: dict[str, Blob]
    loss_weights: list[float]
    params: list[ParamRef] = field(default_factory=list)
    need_backward: bool = False
    bottom_need_backward: list[bool] = field(default_factory=list)
    param_need_backward: list[bool] = field(default_factory=list)
    module: str = ""

    @property
    def name(self) -> str:
        return self.site.name

    @property
    def type(self) -> str:
        return self.site.type

    @property
    def param(self) -> pb.LayerParameter:
        return self.site.param
