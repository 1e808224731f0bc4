"""All layer types, one file each; found by name, so that a net loads only the types it uses."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import ModuleType

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import UnsupportedError, nearest
from caffe2torch.layers.base import Layer
from caffe2torch.registry import Registry, declared, fold

WAYS = (
    "write it as a plug-in: `c2t layers --new TYPE` (docs/plugins.md), with --proto "
    "FORK/caffe.proto for its fields; or convert the rest of the net: `c2t convert --stubs`"
)
registry = Registry("caffe2torch.layers", "layer type")


def _declared(module: ModuleType) -> list[Layer]:
    return [kind() for kind in declared(module, Layer)]


def _spelled(layer: Layer, type_: str) -> bool:
    """Caffe's own spelling, an alias, or the V0/V1 spelling (roi_pooling, ROI_POOLING)."""
    old = type_ in (type_.lower(), type_.upper()) and fold(type_) == fold(layer.type)
    return type_ == layer.type or type_ in layer.aliases or old


@cache
def lookup(type_: str) -> Layer | None:
    """The layer type called `type_`, None if there is none.

    Types that other packages register under the entry point group "caffe2torch.layers" are known
    too.
    """
    if type_ in registry:
        for layer in _declared(registry.find(type_)):
            if _spelled(layer, type_):
                return layer
    near = {i for i in (_spellings().get(type_), _spellings().get(fold(type_))) if i is not None}
    return next((every()[i] for i in sorted(near) if _spelled(every()[i], type_)), None)


@cache
def _spellings() -> dict[str, int]:
    """Types, their aliases and their folded names -> position of the first layer with it."""
    spellings: dict[str, int] = {}
    for i, layer in enumerate(every()):
        for name in (layer.type, *layer.aliases, fold(layer.type)):
            spellings.setdefault(name, i)
    return spellings


def find(type_: str) -> Layer:
    """The layer type called `type_`, as `lookup` knows it.

    Raises: UnsupportedError naming the nearest types if there is none.
    """
    layer = lookup(type_)
    if layer is None:
        raise UnsupportedError(f'unknown layer type "{type_}"', hint=_hint(type_))
    return layer


@cache
def folded() -> dict[str, str]:
    """Names without case and punctuation -> the layer types that they spell."""
    return {fold(layer.type): layer.type for layer in reversed(every())}


def forget() -> None:
    """Look for layer types anew: packages came or went."""
    for answers in (lookup, every, folded, _spellings):
        answers.cache_clear()


def chosen(param: pb.LayerParameter) -> Layer:
    """The layer type of one layer: the one its type names, or the known Python layer it is.

    Of a known one that only has shapes, somebody's own code goes first where it may run; in a
    pycaffe program the program's own code always does.
    Raises: UnsupportedError if the type is unknown.
    """
    layer = find(param.type)
    if layer.type != "Python":
        return layer
    from caffe2torch.layers import python_known
    from caffe2torch.layers._python import hosting, permitted

    host = hosting()
    if host and host.finds(param.python_param.module):
        return layer
    python = python_known.known(param)
    return layer if python is None or (python.shapes_only and permitted()) else python


def known(param: pb.LayerParameter) -> Layer | None:
    """What `chosen` gives, None for an unknown type: for who goes on without it."""
    return None if lookup(param.type) is None else chosen(param)


def is_loss(param: pb.LayerParameter) -> bool:
    """Whether a layer is a loss; judged by its type's name if that is not known."""
    layer = known(param)
    return layer.loss if layer is not None else "loss" in param.type.lower()


@cache
def _forks() -> dict[str, list[str]]:
    lines = Path(__file__).with_name("forks.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split(": ") for line in lines if not line.startswith("#"))
    return {type_: forks.split() for type_, forks in pairs}


def defined_by(type_: str) -> list[str]:
    """Public forks of Caffe that define a type that is not known here; [] if none is known."""
    return _forks().get(type_, [])


def _hint(type_: str) -> str:
    types = folded()
    forks = defined_by(type_)
    near = nearest(fold(type_), types, 3)
    if near and not forks:
        return "did you mean " + " or ".join(f'"{types[key]}"' for key in near) + f"? Else {WAYS}"
    return (f"it is a type of {', '.join(forks)}: " if forks else "") + WAYS


@cache
def every() -> list[Layer]:
    """All layer types, by name. Imports every file and every plug-in."""
    from importlib.metadata import entry_points  # slow to import, and seldom needed

    declared = [layer for module in registry.all() for layer in _declared(module)]
    for point in entry_points(group="caffe2torch.layers"):
        loaded = point.load()
        declared += _declared(loaded) if isinstance(loaded, ModuleType) else [loaded()]
    return sorted(declared, key=lambda layer: layer.type.lower())
