"""Python layers of public projects, known by module and class: ours runs, nobody's code does.

One file a layer. A known layer is a layer type like any other; its name is the class of the
Python module, and the last part of the module's name where two projects share a class name.
"""

from __future__ import annotations

from functools import cache

from caffe2torch import caffe_pb2 as pb
from caffe2torch.layers.base import Count
from caffe2torch.layers.python_known.base import KnownLayer
from caffe2torch.registry import Registry, declared

registry = Registry("caffe2torch.layers.python_known", "known Python layer")


@cache
def every() -> tuple[KnownLayer, ...]:
    """All known Python layers, by file name."""
    return tuple(kind() for module in registry.all() for kind in declared(module, KnownLayer))


def known(param: pb.LayerParameter) -> KnownLayer | None:
    """The known layer that a Python layer's module and class name; None for somebody's own.

    Of several, the one that says most of the module's name. One with more tops or bottoms than the
    known one is somebody's change of it.
    """
    module, name = param.python_param.module, param.python_param.layer
    best = max(every(), key=lambda layer: layer.named(module, name))
    if best.named(module, name) < 0:
        return None
    fits = _allows(best.tops, len(param.top)) and _allows(best.bottoms, len(param.bottom))
    return best if fits else None


def _allows(count: Count, n: int) -> bool:
    """Whether n are not more than there may be."""
    most = count if isinstance(count, int) else count[1]
    return most is None or n <= most
