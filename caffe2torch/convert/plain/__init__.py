"""Plainer PyTorch for layer types whose own source keeps Caffe's gradients to the last bit.

One type a file, named as the layer's: `code(x)` gives the source, or None to keep the layer's
own. Its forward is the layer's; its gradient is the mathematical one.
"""

from __future__ import annotations

from types import ModuleType

from caffe2torch.layers.base import Site
from caffe2torch.layers.code import Code
from caffe2torch.registry import Registry

registry = Registry("caffe2torch.convert.plain", "plain layer type")


def code(x: Site) -> Code | None:
    """The plain source of a layer, None if there is no plainer one than its own."""
    if x.type not in registry:
        return None
    source: Code | None = registry.find(x.type).code(x)
    return source


def file_of(x: Site) -> ModuleType:
    """The file in which the plain source of a layer is written."""
    file: ModuleType = registry.find(x.type)
    return file
